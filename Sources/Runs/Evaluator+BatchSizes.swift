import Arithmetic
import Diagnostics
import Evaluation
import Messages
import Metrics
import Staging
import Syntax
import Values

/// Where the batches of a run get another size, because its batch size is of the number of the update.
struct BatchChange {
  var step: Int
  var size: Int
  var span: Span
}

/// What says the size of the batches from a step on.
private struct BatchPiece {
  var start: Int
  var value: ExpressionID
  var code: Code
  var scope: Scope
}

extension Evaluator {
  /// Sizes that one run may have: each is a program of its own.
  private static let batchSizesMax = 1000
  /// Updates and sizes that checking looks at.
  private static let checkedUpdatesMax = 4000
  private static let checkedSizesMax = 4

  /// Where the batches of a run get another size by themselves, in the order of the steps.
  ///
  /// - Parameter assignments: the interventions, in order.
  func batchChanges(
    _ definition: RunDefinition, _ clauses: RunClauses, length: Int,
    assignments: [(step: Int, statements: [StatementID], code: Code, scope: Scope)]
  ) throws(Diagnostic) -> [BatchChange] {
    var pieces: [BatchPiece?] = []
    var starts: [Int] = []
    if clauses[BatchClause.self]?.isOfStep == true,
      let value = definition.statement.clauses.first(where: { $0.name.text == BatchClause.word })?
        .value
    {
      pieces.append(
        BatchPiece(start: 0, value: value, code: definition.code, scope: definition.scope))
      starts.append(0)
    }
    for moment in assignments {
      for id in moment.statements {
        guard case .assignment(let left, let operation, let value) = moment.code.tree[id],
          case .name(BatchClause.word) = moment.code.tree[left]
        else { continue }
        let isOfStep = try within(moment.code) { () throws(Diagnostic) in
          try batchSize(value, update: moment.step + 1, in: moment.scope).isOfStep
        }
        if let operation, isOfStep || pieces.last.flatMap({ $0 }) != nil {
          throw .meansNothing(
            "batch \(operation.rawValue)= …", "with a batch size that is of the step",
            at: moment.code.tree.span(id),
            help: ["write the size from there on: `batch = …`"])
        }
        pieces.append(
          isOfStep
            ? BatchPiece(start: moment.step, value: value, code: moment.code, scope: moment.scope)
            : nil)
        starts.append(moment.step)
      }
    }
    var result: [BatchChange] = []
    for (index, piece) in pieces.enumerated() {
      guard let piece else { continue }
      let end = index + 1 < starts.count ? starts[index + 1] : length
      result += try within(piece.code) { () throws(Diagnostic) in try changes(piece, until: end) }
    }
    return result
  }

  /// The changes within a piece, of which the first size is known already.
  private func changes(_ piece: BatchPiece, until end: Int) throws(Diagnostic) -> [BatchChange] {
    let place = code.tree.span(piece.value)
    guard end < RunDefinition.openLength else {
      throw .needs(
        "a batch size that is of the step", "a run whose length is known", at: place,
        help: ["write `for 1000 steps`, or change the size when the run is there: `batch = 64`"])
    }
    // Checking looks at the first ones.
    let last = mode == .check ? min(end, piece.start + Self.checkedUpdatesMax) : end
    guard piece.start < last else { return [] }
    var result: [BatchChange] = []
    let sizes = try batchSizes(piece.value, of: (piece.start + 1)..<(last + 1), in: piece.scope)
    for index in sizes.indices.dropFirst() where sizes[index] != sizes[index - 1] {
      let step = piece.start + index
      guard result.count < Self.batchSizesMax else {
        var finding = Diagnostic.outOfRange(
          "the number of times that the batch size changes",
          "\(Self.batchSizesMax + 1) by step \(step)",
          expected: "at most \(Self.batchSizesMax)", at: place)
        finding.help = ["let it change less often, as `8 * 2^floor(t / 100)` does"]
        throw finding
      }
      result.append(BatchChange(step: step, size: sizes[index], span: place))
    }
    return mode == .check ? Array(result.prefix(Self.checkedSizesMax)) : result
  }
}
