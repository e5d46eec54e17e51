import Data
package import Diagnostics
package import Graph
import Library
import Messages
import Syntax
package import Tensors

/// The one evaluator: walks the tree over concrete values, and over symbolic tensors while staging.
///
/// In `.check` mode the same walk runs before anything else: runs are staged but not executed, their
/// results are unknown values, and every statement's findings are collected.
package final class Evaluator {
  package enum Mode { case check, run }

  package let session: SessionContext
  package var mode: Mode
  package var diagnostics: [Diagnostic] = []

  /// The program that symbolic values belong to; another one for the time of a staging.
  package private(set) var builder = ProgramBuilder()
  /// Places of graph origins; origin 0 is nowhere.
  package private(set) var origins: [Span] = [Span(0, 0)]
  private var originNumbers: [Span: Origin] = [:]

  /// What `x`, `g`, `loss`, parameters, noise keys mean while a loss, metric or update is staged.
  package private(set) var point: PointContext?

  package let builtins: Scope
  package let globals: Scope
  package var code: Code
  package var callDepth = 0
  package var operationCount = 0
  package var eagerCache: [EagerKey: EagerProgram] = [:]
  package var conversions = RecentConversions()
  /// What layers above keep with the evaluator.
  package var annex = Annex()
  /// What networks gave while the loss of one sample is staged; nil where nobody asks.
  package var networkOutputs: [Value]?
  /// The part of a long chain that has been evaluated, while the rest is.
  package var known: KnownPart?
  /// What checking keeps in mind.
  package let checking: Checking
  /// Where something was found.
  private var reportedPlaces: Set<Span> = []
  /// The statement of the text's top level that is executed.
  package var topSpan = Span(file: 0, 0, 0)
  /// The seed of runs that name none, while a member of a sweep over seeds is staged.
  package var memberSeed: Int?
  /// How often the seed of a sweep's member was asked for by name, or used, while it was staged.
  package var seedReads = 0
  /// What the member of a sweep that is staged has read of the sweep's axes; nil outside of that, or where nobody asks.
  package var axisReads: AxisReads?
  /// The calls and turns of loops that lead to what is evaluated.
  package var drawPath: [DrawStep] = []
  /// How many draws have been keyed by their place.
  package var drawCount = 0
  /// The level at which a claim is judged: higher where it is judged several times.
  package var claimLevel = 0.95
  /// Whether a claim is being judged, which tells by itself what weakens its numbers.
  package var isJudging = false
  /// Whether the value of one run of a sweep is computed for a table.
  package var isTabulating = false
  /// The series of which it was told that its plateau drifts.
  package var driftingSeries: Value?
  /// Sweeps whose members the current claim speaks of.
  package var judgedSweeps: [SweepValue] = []

  package init(session: SessionContext, mode: Mode) {
    self.session = session
    self.mode = mode
    checking = Checking(isThorough: session.plans != nil)
    builtins = .ofLanguage(session.functions)
    globals = Scope(parent: builtins)
    code = Code(Tree(file: 0))
  }

  /// The origin number of a place, for graph nodes made from now on.
  package func setOrigin(_ span: Span) {
    if let number = originNumbers[span] {
      graph.origin = number
      return
    }
    origins.append(span)
    let number = Origin(origins.count - 1)
    originNumbers[span] = number
    graph.origin = number
  }

  /// The place of an origin number, if it is known.
  package func place(of origin: Origin) -> Span? {
    origin > 0 && Int(origin) < origins.count ? origins[Int(origin)] : nil
  }

  /// Runs `body` with another text as the current one.
  package func within<T>(_ other: Code, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    let outer = code
    code = other
    defer { code = outer }
    return try body()
  }

  /// Runs `body` with a builder of its own; symbolic values made inside refer to its graph.
  package func staging<T>(real: DType, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    let outer = builder
    builder = ProgramBuilder(graph: Graph(), realType: real, depth: outer.depth + 1)
    defer { builder = outer }
    return try body()
  }

  /// Runs `body` where the names of a step mean what they mean at a point; nil where they mean nothing.
  package func at<T>(_ other: PointContext?, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    let outer = point
    point = other
    defer { point = outer }
    return try body()
  }

  /// Counts one operation against the limit, and watches for an interrupt.
  package func tick(_ span: Span) throws(Diagnostic) {
    operationCount += 1
    if operationCount & 0xFF == 0, session.isInterrupted { throw session.interruption(at: span) }
    if let limit = session.limits.operations, operationCount > limit { throw .operationLimit(limit, at: span) }
    if mode == .check { try checking.countOperation(of: operationCount, at: span) }
  }

  /// Keeps a finding for the report.
  package func report(_ diagnostic: Diagnostic) {
    // What is tried on a specimen says nothing of the script.
    guard !checking.isTrying else { return }
    let isNewPlace = diagnostic.span.map { reportedPlaces.insert($0).inserted } ?? false
    if isNewPlace || !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  /// Notes a finding unless another says the same of the same place, in whatever words.
  package func reportOnce(_ diagnostic: Diagnostic) {
    if !diagnostics.contains(where: { $0.identity == diagnostic.identity }) { report(diagnostic) }
  }
}
