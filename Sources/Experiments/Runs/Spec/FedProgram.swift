package import Engine
import Graph
package import Tensors

/// A program whose inputs say what they stand for.
///
/// Inputs are in this order: all slots by their numbers, what else changes from step to step, constants.
package struct FedProgram: Sendable, Codable {
  package var program: Program
  /// One for each input.
  package var feeds: [Feed]
  /// The tensors of the feeds `.external`, by their numbers.
  package var externals: [Tensor]

  /// A program with a feed for each of its inputs.
  ///
  /// - Precondition: as many feeds as inputs.
  package init(program: Program, feeds: [Feed], externals: [Tensor] = []) {
    precondition(feeds.count == program.inputs.count, "every input has a feed")
    self.program = program
    self.feeds = feeds
    self.externals = externals
  }

  /// A program that does nothing.
  static let none = FedProgram(program: Program(graph: Graph(), inputs: [], outputs: []), feeds: [])

  /// The program of so many paths of an ensemble, each with the bits that it has alone: what each path has of its own, and
  /// all results, have an axis of paths in front.
  package func stacked(_ paths: Int) -> FedProgram? {
    let copies = [Program](repeating: program, count: paths)
    guard let stack = Program.stacked(copies, isShared: { !feeds[$0].isOfEachPath }) else { return nil }
    return FedProgram(program: stack, feeds: feeds.map { $0.ofPaths(paths) }, externals: externals)
  }

  /// The feeds on which an output or a carried value depends.
  package var neededFeeds: [Feed] {
    let isNeeded = program.isInputNeeded
    return feeds.indices.filter { isNeeded[$0] }.map { feeds[$0] }
  }
}

extension Program {
  /// Whether an output or a carried value depends on it, for each input.
  var isInputNeeded: [Bool] {
    let isNeeded = graph.requirement(of: outputs + carried.map(\.output))
    return inputs.map { Int($0.index) < isNeeded.count && isNeeded[Int($0.index)] }
  }
}
