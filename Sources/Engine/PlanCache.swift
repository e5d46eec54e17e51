import Synchronization

/// Plans of small programs that are executed several times, each time with other inputs and memory of their own.
///
/// A program is known again by its graph: it has to be that very one, as members of a sweep that were staged once have.
/// What a plan gives does not depend on whether it was known.
package final class PlanCache: Sendable {
  // Plans here are never changed; hence `@unchecked`.
  private struct Entry: @unchecked Sendable {
    var program: Program
    /// Members that step together, and the inputs that they share; nil of one alone.
    var stack: Stack?
    /// What never runs, and is copied.
    var executable: Executable
  }

  struct Stack: Hashable {
    var count: Int
    var shared: Set<Int>
  }

  private let entries = Mutex<[Entry]>([])
  /// Most plans that are kept.
  private static let countMax = 64
  /// Larger plans are not kept: their work is large, too.
  private static let byteMax = 1 << 20

  package init() {}

  /// A plan for a program; `make` makes one that is not known.
  package func executable(
    _ program: Program, _ make: () throws(EngineError) -> Executable
  ) throws(EngineError) -> Executable {
    if let known = known(program, nil) { return try Executable(copying: known) }
    return try keep(try make(), program, nil)
  }

  /// A plan for so many members of a program; nil where `make` makes none.
  func executable(
    _ program: Program, _ stack: Stack, _ make: () throws(EngineError) -> Executable?
  ) throws(EngineError) -> Executable? {
    if let known = known(program, stack) { return try Executable(copying: known) }
    return try make().map { (made) throws(EngineError) in try keep(made, program, stack) }
  }

  private func known(_ program: Program, _ stack: Stack?) -> Executable? {
    entries.withLock { all in all.last { $0.stack == stack && $0.program.isCopy(of: program) }?.executable }
  }

  /// A copy of a plan that is kept, or the plan itself.
  private func keep(_ made: Executable, _ program: Program, _ stack: Stack?) throws(EngineError) -> Executable {
    guard made.isCopyable, made.byteCount <= Self.byteMax else { return made }
    let copy = try Executable(copying: made)
    entries.withLock { all in
      if all.count == Self.countMax { all.removeFirst() }
      all.append(Entry(program: program, stack: stack, executable: made))
    }
    return copy
  }
}
