package import Diagnostics

/// A link of the path on which an expression is evaluated: which call led there, and in which turn of a loop.
package enum DrawStep {
  case call(Span)
  case turn(Int)
  /// Something that has a name but no place in the text: the parameter whose start is evaluated.
  case part(String)
}

/// Where an evaluation stands, as far as random numbers are concerned: kept by what is evaluated again later.
package struct DrawPlace {
  package var path: [DrawStep] = []
  /// The seed of the sweep's member that is being staged.
  package var memberSeed: Int?

  package init(path: [DrawStep] = [], memberSeed: Int? = nil) {
    self.path = path
    self.memberSeed = memberSeed
  }
}
