/// A hyper-parameter whose numbers are held, for the time of its evaluation.
package final class HeldPlace {
  /// The number of the optimizer in the run, and the name of the hyper-parameter.
  private let name: String
  /// The step at which it was given.
  package let start: Int
  private var count = 0

  package init(name: String, start: Int) { (self.name, self.start) = (name, start) }

  /// What the next number that is held is called.
  package func next() -> String {
    defer { count += 1 }
    return "hold\(count == 0 ? "" : "#\(count)")@\(name)"
  }
}
