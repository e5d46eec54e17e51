package import Diagnostics
import Messages
package import Syntax

/// What checking keeps in mind: what it has looked into, what it is trying, and what it has spent.
package final class Checking {
  // MARK: Attempts on specimens

  /// Attempts at most for one text: about half a second.
  private static let attemptsMax = 20_000
  /// Operations inside operations that are tried on specimens.
  private static let depthMax = 3

  private var attemptCount = 0
  private var depth = 0

  /// Whether an operation is being tried on specimens, so that what is found says nothing of the script.
  package var isTrying: Bool { depth > 0 }

  /// Whether one more operation can be tried: neither too deep nor too late.
  package var mayTry: Bool { depth < Self.depthMax && attemptCount < Self.attemptsMax }

  package func countAttempt() { attemptCount += 1 }

  /// Runs an attempt; what it computes costs nothing of the budget of the text.
  package func trying<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    let outer = computedElements
    depth += 1
    defer {
      depth -= 1
      computedElements = outer
    }
    return try body()
  }

  // MARK: Functions and definitions

  /// What the function at hand may have returned already.
  private var possibleReturn: Kind?
  /// Where the definitions are named whose bodies were evaluated.
  private var enteredDefinitions: Set<Span> = []

  /// Notes that a function may have returned by now, with a value of this kind.
  package func noteReturn(_ kind: Kind) { possibleReturn = possibleReturn?.joined(kind) ?? kind }

  /// The value of a function's body, and the kind of what it may have returned before; nil where that is nothing.
  package func notingReturns(_ body: () throws(Diagnostic) -> Value) throws(Diagnostic) -> (
    value: Value, earlier: Kind?
  ) {
    let outer = possibleReturn
    possibleReturn = nil
    defer { possibleReturn = outer }
    let value = try body()
    return (value, possibleReturn)
  }

  /// Notes that the body of the definition that is named here was evaluated.
  package func noteEntered(_ name: Span) { enteredDefinitions.insert(name) }

  package func hasEntered(_ name: Span) -> Bool { enteredDefinitions.contains(name) }

  // MARK: Budgets

  /// About half a second of calls.
  private static let operationsMax = 100_000
  /// Operations of each statement when those are spent.
  private static let laterOperationsMax = 100
  /// Elements of all tensors that checking makes room for.
  private static let roomMax = 200_000_000
  /// Elements of one operation, and of all, that checking computes.
  private static let (elementsMax, allElementsMax) = (500_000, 20_000_000)

  /// Whether everything is computed that can be, however long that takes: for those who want to see what comes of it.
  private let isThorough: Bool

  init(isThorough: Bool) { self.isThorough = isThorough }

  private var computedElements = 0
  private var room = 0
  /// Operations of the present statement of the text since checking has little time left.
  private var statementOperations = 0

  /// Begins with a statement of the text, or a definition of it: each has a few operations of its own.
  package func beginStatement() { statementOperations = 0 }

  /// Counts one operation; what needs too many is not known, and the rest is found while running.
  ///
  /// - Parameter total: operations of the whole text so far.
  func countOperation(of total: Int, at span: Span) throws(Diagnostic) {
    guard !isThorough, total > Self.operationsMax || room > Self.roomMax else { return }
    statementOperations += 1
    if statementOperations > Self.laterOperationsMax { throw .checkBudget(at: span) }
  }

  /// How many operations there may be before one is refused, or nil where so much was computed already that they have to
  /// be looked at one by one.
  ///
  /// - Parameter total: operations of the whole text so far.
  package func operationsLeft(of total: Int) -> Int? {
    if isThorough { return .max / 2 }
    let most = Self.operationsMax + Self.laterOperationsMax
    guard room + most <= Self.roomMax, computedElements + 3 * most <= Self.allElementsMax else { return nil }
    return max(0, Self.operationsMax - total) + Self.laterOperationsMax - statementOperations
  }

  /// Counts operations that were carried out together, and the elements that they computed, one for each result.
  package func countOperations(_ count: Int, after total: Int, elements: Int) {
    statementOperations += count - min(count, max(0, Self.operationsMax - total))
    computedElements += elements
    room += elements / 2
  }

  /// Counts the elements of one operation; whether they are so many that only their shape is kept.
  package func isCostly(_ elements: Int) -> Bool {
    computedElements += elements
    return !isThorough && (elements > Self.elementsMax || computedElements > Self.allElementsMax)
  }

  /// Counts the elements of a tensor that room is made for.
  package func countRoom(_ elements: Int) { room &+= elements }

  // MARK: The prompt

  /// The text of the prompt whose expressions may be about the present run, while it is checked.
  package var lookFile: UInt32?
  /// Expressions of that text that were found to be.
  package var looks: [StatementID] = []
}
