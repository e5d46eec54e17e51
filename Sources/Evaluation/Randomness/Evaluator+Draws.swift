import Arithmetic
package import Diagnostics
import Graph
import Messages
import Tensors
package import Values

extension Evaluator {
  /// Where the evaluation stands now.
  package var drawPlace: DrawPlace { DrawPlace(path: drawPath, memberSeed: memberSeed) }

  /// Runs `body` as one turn of a loop, or as a part with a name.
  package func within<T>(_ step: DrawStep, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    drawPath.append(step)
    defer { drawPath.removeLast() }
    return try body()
  }

  /// Runs `body` where another place is current: a draw is the same wherever its place is evaluated again.
  package func at<T>(_ place: DrawPlace, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    let outer = drawPlace
    (drawPath, memberSeed) = (place.path, place.memberSeed)
    defer { (drawPath, memberSeed) = (outer.path, outer.memberSeed) }
    return try body()
  }

  /// Runs `body` on a path of its own: the members of a problem are the same for whatever run asks for them.
  package func apart<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    try at(DrawPlace(memberSeed: memberSeed), body)
  }

  /// The stream of the draw that stands at a place and has no seed of its own.
  ///
  /// Its key is made of the script's seed, the seed of the sweep's member if there is one, the calls and turns of loops
  /// that lead to the place, and the name of the place. Evaluating the place again is the same draw.
  func ownStream(at span: Span) -> StreamName {
    seedReads += 1
    drawCount += 1
    let member = memberSeed.map { "seed \($0): " } ?? ""
    let stream = StreamName(seed: session.defaultSeed, purpose: "draw", detail: member + drawPathText(to: span))
    if mode == .run { session.onDraw?(stream, span) }
    return stream
  }

  /// The stream of a draw with a seed of its own: the same for the same seed and law, wherever it stands.
  ///
  /// What a definition of the library draws is apart from what scripts draw with the same seed.
  func stream(seed: Int, law: String, at span: Span) -> StreamName {
    var detail = law
    if session.isLibrary(span) { detail = session.drawSites.name(of: span) + ":" + law }
    return StreamName(seed: seed, purpose: "draw", detail: detail)
  }

  /// The stream of the draw of a call, by its argument `seed` if that is given.
  package func drawStream(_ a: BoundArguments, seed index: Int, law: String) throws(Diagnostic) -> StreamName {
    let isSeeded = a.given(index) != nil
    if let point, !point.isProbe, point.isRule || !isSeeded {
      throw .drawWhileRunning(a.callee, isRule: point.isRule, at: a.span)
    }
    guard isSeeded else { return ownStream(at: a.span) }
    return stream(seed: try a.whole(index, "a seed", self), law: law, at: a.span)
  }

  private func drawPathText(to span: Span) -> String {
    var text = ""
    for step in drawPath {
      switch step {
      case .call(let place): text += session.drawSites.name(of: place) + "/"
      case .turn(let number): text += "[\(number)]/"
      case .part(let name): text += "\(name)/"
      }
    }
    return text + session.drawSites.name(of: span)
  }
}
