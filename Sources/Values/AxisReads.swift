package import Diagnostics

// Note [Members that share a staging]
//
// Members of a sweep that differ in numbers of its axes are staged once, where those numbers are nothing but
// hyper-parameters of optimizers: these become inputs of the program, and each member gives its own. Which axes are no
// more than that is not guessed from the text but seen while the first such member is staged. An axis of numbers is read
// through a value that notes each reading (`Deferred.init(_:noted:)`), and every reading is one of three:
//
// - It led to a number that an optimizer is given as an argument, and to nothing else: the number becomes an input.
// - An argument was looked at to check it. Each member's arguments are checked by themselves.
// - Anything else decided what was staged: members with another value there are staged anew.
//
// In single precision a number is rounded when it meets a tensor. As an input it is rounded before, which is the same, unless
// something is computed of such numbers alone (`ProgramBuilder.roundedNumbers`): then none becomes an input.
//
// A value that is kept when it has been computed, as a `let` of a problem is, may be used by others later: what it reads
// counts among the last. So what nobody thought of costs time and no number.

/// What the staging of a sweep's member has read of the sweep's axes.
package final class AxisReads {
  /// What a reading is for.
  private enum Purpose {
    /// A value of which it is not decided yet what becomes of it.
    case value(Set<Int>)
    /// A check of what each member has for itself.
    case check
    /// A value that is kept.
    case kept
  }

  /// The sweep whose axes are meant, and where they stand among them.
  package let sweep: ObjectIdentifier
  /// Places of axes that had a part in what was staged.
  package private(set) var decisive: Set<Int> = []
  /// Places of axes that have been read at all.
  ///
  /// One that has not may have gone by another way: nobody saw that it has no part.
  private var seen: Set<Int> = []
  /// Numbers of optimizers that are inputs of what was staged.
  package private(set) var inputs: [HyperparameterInput] = []
  /// Whether numbers become inputs at all.
  package let takesInputs: Bool
  /// Whether something was computed of an input that needs the number itself.
  package var needsNumbers = false
  /// All optimizers of the run, by whose places inputs are named.
  package var optimizers: [Instance] = []
  private var purposes: [Purpose] = []

  /// Nothing has been read yet of the sweep as which the axes note readings.
  package init(of sweep: SweepValue, takesInputs: Bool) {
    self.sweep = ObjectIdentifier(sweep)
    self.takesInputs = takesInputs
  }

  /// Notes that an axis was read; one of another sweep is a constant here.
  package func note(_ axis: Int, of sweep: ObjectIdentifier) {
    guard sweep == self.sweep else { return }
    seen.insert(axis)
    switch purposes.last {
    case .value(var axes)?:
      axes.insert(axis)
      purposes[purposes.count - 1] = .value(axes)
    case .check?: break
    case .kept?, nil: decisive.insert(axis)
    }
  }

  /// Whether members with other values on these axes are made of what was staged: all were read, and decided nothing.
  package func isShared(along axes: Set<Int>) -> Bool { axes.isSubset(of: seen) && decisive.isDisjoint(with: axes) }

  /// Counts readings among those that decided.
  package func decided(by axes: Set<Int>) { decisive.formUnion(axes) }

  /// Computes a value; its readings are told and not counted.
  package func reading<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> (value: T, axes: Set<Int>) {
    purposes.append(.value([]))
    do {
      let value = try body()
      guard case .value(let axes)? = purposes.popLast() else { return (value, []) }
      return (value, axes)
    } catch {
      if case .value(let axes)? = purposes.popLast() { decisive.formUnion(axes) }
      throw error
    }
  }

  /// Computes what each member checks for itself.
  package func checking<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    try within(.check, body)
  }

  /// Computes a value that is kept.
  package func keeping<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    try within(.kept, body)
  }

  private func within<T>(_ purpose: Purpose, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    purposes.append(purpose)
    defer { purposes.removeLast() }
    return try body()
  }

  /// The input that stands for a number of an optimizer; nil where it is none of the run's.
  package func input(_ name: String, of instance: Instance) -> HyperparameterInput? {
    guard let place = optimizers.firstIndex(where: { $0 === instance }) else { return nil }
    let input = HyperparameterInput(optimizer: place, name: name)
    if !inputs.contains(input) { inputs.append(input) }
    return input
  }
}

/// A number of an optimizer that is an input of a run's programs.
package struct HyperparameterInput: Hashable {
  /// The optimizer's place among those of the run.
  package var optimizer: Int
  package var name: String

  /// The name of the feed that gives it.
  package var feed: String { "\(name) of optimizer \(optimizer + 1)" }
}
