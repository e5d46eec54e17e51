import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
import Values

// Note [A after B]
// A sees what B keeps. Where the result of B is (places, values), as that of `top` and `random`, A is applied to the vector of
// the values, and what it makes of them goes to the places: `quantised(4) after top(10)` quantises ten numbers by the norm of
// ten. It costs A's bits of so many numbers, and what B's places cost: B's bits without those of its values. Where A keeps some
// of the values alone, only their share of the places is sent. Where B gives a dense vector, A is applied to that, and it
// costs A's bits.

extension Evaluator {
  /// A compressor of what the one inside of it keeps.
  func composed(_ outer: Instance, _ inner: Instance, _ values: [Value], in caller: Scope?, at span: Span)
    throws(Diagnostic) -> Value
  {
    guard values.count == 1 else { throw .takes("`\(outer.title)`", "one argument", at: span) }
    if case .unknown(let kind) = values[0] {
      try require(kind, "a vector of numbers", at: span) { $0.isNumbers }
      if !entered(values[0]).isNode { return .unknown(.any) }
    }
    try requireNumbers(values[0], "a vector of numbers", at: span)
    let vector = try asReal(entered(values[0]), at: span)
    if stagingDepth == 0, !vector.isNode {
      if let name = [outer, inner].lazy.compactMap(\.nameThatDraws).first {
        throw .unavailableHere(
          name, "it draws, and `… after …` draws in a rule alone", at: outer.span,
          help: ["apply it in an optimizer: `send(c(g))` with `c = \(outer.title)`"])
      }
      return try stagedAndRun(at: span) { () throws(Diagnostic) in
        [try composed(outer, inner, [.node(node(vector, at: span))], in: caller, at: span)]
      }[0]
    }
    let whole = try compressed(inner, [vector], in: caller, at: span)
    // Each of them draws, and keeps, in a place of its own, also where both are of one definition.
    let own = Scope(parent: caller)
    for name in [StepStager.unitPath, StepStager.sharedPath] {
      guard case .text(let path)? = caller?.lookup(name)?.value else { continue }
      own.define(name, .text(path + String(repeating: " after", count: inner.depth)))
    }
    guard case .node(let node) = whole, let kept = graph.keptEntries(node) else {
      return try compressedAlone(outer, [whole], in: own, at: span)
    }
    let small = try compressedAlone(outer, [.node(kept.values)], in: own, at: span)
    guard case .node(let part) = small else { return small }
    var places = kept.places, entries = part
    let again = graph.keptEntries(part)
    if let again { (places, entries) = (graph.add(TakeAlongLast(), places, again.places), again.values) }
    var result = graph.add(ScatterAlongLast(count: graph.shape(node).count), places, entries)
    if graph.shape(node).rank > 1 { result = graph.reshape(result, to: graph.shape(node)) }
    try notePrice(of: result, of: part, node, share: again.map { (kept: $0, of: kept) }, outer, inner, at: span)
    return .node(result)
  }

  private func notePrice(
    of result: NodeID, of part: NodeID, _ whole: NodeID, share: (kept: KeptEntries, of: KeptEntries)?,
    _ outer: Instance, _ inner: Instance, at span: Span
  ) throws(Diagnostic) {
    guard let sending = point?.rule?.sending, let own = sending.price(of: part) else { return }
    guard var places = sending.placeBits(of: whole) else {
      throw .requires(
        "`\(inner.title)` before another compressor",
        "bits that are known, and `value_bits` for each number of its result",
        at: outer.span, help: ["write a compressor of your own around both, with its `bits = …`"])
    }
    if let share {
      places *= Double(graph.shape(share.kept.values).count) / Double(graph.shape(share.of.values).count)
    }
    let place = OperandPlaces(whole: span, left: span, right: span)
    sending.price(result, try binary(.add, own, .real(places), at: place))
    sending.note(placeBits: places, of: result)
  }
}

/// The entries of a vector that are not left out.
struct KeptEntries {
  var places: NodeID
  var values: NodeID
}

extension Graph {
  /// The entries that a vector, or a tensor as one vector, is made of; nil where it is dense.
  func keptEntries(_ node: NodeID) -> KeptEntries? {
    let inside = self[node].primitive is Reshape ? self[node].inputs[0] : node
    guard self[inside].primitive is ScatterAlongLast, shape(inside).rank == 1, shape(inside).count == shape(node).count
    else { return nil }
    let inputs = self[inside].inputs
    return KeptEntries(places: inputs[0], values: inputs[1])
  }
}

extension Instance {
  /// How many compressors it is made of.
  fileprivate var depth: Int { 1 + (inner?.depth ?? 0) }

  /// The compressor that draws, it or one inside.
  fileprivate var nameThatDraws: String? {
    if case .members(let members) = definition.body,
      members.contains(where: { if case .noise = $0 { true } else { false } })
    {
      return definition.name.text
    }
    return inner?.nameThatDraws
  }
}
