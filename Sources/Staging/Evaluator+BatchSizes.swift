import Arithmetic
package import Diagnostics
import Evaluation
import Graph
import Messages
package import Syntax
import Tensors
package import Values

// Note [Batches of the step]
// A batch size may speak of the number of the update, `batch min(256, 8 * 2^floor(t / 100))`: `t` is 1 for the first one, and
// `step` the number of the state that it starts from, as in a hyper-parameter. It is known before the run, so that each
// size is a segment, exactly as after `at step … { batch = … }`: the same bytes. Such an assignment ends what was said
// before it. What is measured would be known within the run alone, and is refused.

/// A batch size, and whether it is of the number of the update.
package struct BatchSize {
  package var size: Int
  package var isOfStep: Bool
}

extension Evaluator {
  /// The batch size of an update, counted from 1.
  package func batchSize(_ value: ExpressionID, update: Int, in scope: Scope) throws(Diagnostic)
    -> BatchSize
  {
    let (found, isOfStep) = try batchValue(value, update: update, in: scope)
    let what = isOfStep ? "the batch size of update \(update)" : "the batch size"
    let size = try whole(found, what: what, in: 1...Self.wholeMax, at: code.tree.span(value))
    return BatchSize(size: size, isOfStep: isOfStep)
  }

  /// What is written as a batch size, for an update, and whether it is of the number of that.
  package func batchValue(_ value: ExpressionID, update: Int, in scope: Scope) throws(Diagnostic)
    -> (
      value: Value, isOfStep: Bool
    )
  {
    let written = code.tree.names(in: value)
    for name in written {
      var meaning = scope.lookup(name.text)?.value
      if meaning == nil { meaning = try libraryDefinition(name.text) }
      guard case .function(.definition(let found))? = meaning, found.definition.kind == .metric
      else { continue }
      throw Self.measuredBatch(name.text, at: name.span)
    }
    var isOfStep = false
    let names = Scope(parent: scope)
    for (name, number) in [(StepName.t, update), (.step, update - 1)] {
      names.define(name) { () throws(Diagnostic) in
        isOfStep = true
        return .integer(number)
      }
      names.contest(name.rawValue, with: scope, as: "a name of the step")
    }
    for name in Self.measuredNames where scope.lookup(name) == nil {
      let place = written.first { $0.text == name.rawValue }?.span ?? code.tree.span(value)
      names.define(name) { () throws(Diagnostic) -> Value in
        throw Self.measuredBatch(name.rawValue, at: place)
      }
    }
    do { return (try evaluate(value, in: names), isOfStep) } catch {
      guard error.effect == .unknownName else { throw error }
      var finding = error
      finding.help.append(
        "a batch size is known before the run: it may be of `t` and `step`, and change with "
          + "`at step 100 { batch = 64 }`")
      throw finding
    }
  }

  private static let measuredNames: [StepName] = [
    .x, .g, .loss, .grad, .hvp, .losses, .outputs, .objective, .next,
  ]

  private static func measuredBatch(_ name: String, at span: Span) -> Diagnostic {
    .unavailableHere(
      name, "it is measured at each step, and the sizes of all batches are known before the first",
      at: span,
      help: [
        "let the size be of `t`, or change it at steps that you name, `at step 100 { batch = 64 }`, by what an earlier "
          + "run has measured"
      ])
  }

  // MARK: Those of many updates

  /// Updates of which the sizes are computed together.
  private static let sizesTogether = 1 << 16

  /// The batch sizes of updates, in their order: computed together where the expression allows it, else one by one.
  package func batchSizes(_ value: ExpressionID, of updates: Range<Int>, in scope: Scope)
    throws(Diagnostic) -> [Int]
  {
    var sizes: [Int] = []
    while let next = updates.dropFirst(sizes.count).first {
      let part = next..<min(updates.upperBound, next + Self.sizesTogether)
      if let known = try? together(value, part, in: scope),
        try agrees(known, value, part, in: scope)
      {
        sizes += known
        continue
      }
      for update in part {
        if session.isInterrupted { throw session.interruption(at: code.tree.span(value)) }
        sizes.append(try batchSize(value, update: update, in: scope).size)
      }
    }
    return sizes
  }

  /// The sizes as one computation on all numbers; nil where it gives anything but sizes.
  private func together(_ value: ExpressionID, _ updates: Range<Int>, in scope: Scope)
    throws(Diagnostic) -> [Int]?
  {
    guard mode == .run, stagingDepth == 0 else { return nil }
    let place = code.tree.span(value)
    let found = try stagedAndRun(at: place) { () throws(Diagnostic) in
      let numbers = Value.tensor(Tensor(integers: Array(updates), shape: [updates.count]))
      let members = try memberInputs([numbers], at: place)
      let names = Scope(parent: scope)
      names.define(.t, members.values[0])
      names.define(.step, try apply(Subtract(), [members.values[0], .integer(1)], at: place))
      return try batch(
        [evaluate(value, in: names)], members.inputs, count: updates.count, at: place)
    }
    guard case .tensor(let tensor)? = found.first, tensor.shape == [updates.count] else {
      return nil
    }
    let sizes = tensor.doubles().compactMap { Int(exactly: $0) }
    return sizes.count == updates.count && sizes.allSatisfy { (1...Self.wholeMax).contains($0) }
      ? sizes : nil
  }

  /// Whether sizes are those of their updates one by one: at both ends, and on both sides of the first changes.
  private func agrees(_ sizes: [Int], _ value: ExpressionID, _ updates: Range<Int>, in scope: Scope)
    throws(Diagnostic)
    -> Bool
  {
    let changes = sizes.indices.dropFirst().lazy.filter { sizes[$0] != sizes[$0 - 1] }.prefix(8)
    for index in [0, sizes.count - 1] + changes.flatMap({ [$0 - 1, $0] }) {
      if try batchSize(value, update: updates.lowerBound + index, in: scope).size != sizes[index] {
        return false
      }
    }
    return true
  }
}
