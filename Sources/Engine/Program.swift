package import Graph
package import Tensors

// What a caller hands over: a graph, which of its nodes are fed, which are read, and which inputs take
// the value of a node after a run. `Executable` plans it once; a run then is a walk over instructions.

/// A computation to plan: fed nodes, read nodes and the state that one run hands to the next.
package struct Program: Sendable {
  package var graph: Graph
  /// `Input` nodes that are fed from outside or carried, in order.
  package var inputs: [NodeID]
  /// Values that can be read after a run.
  package var outputs: [NodeID]
  /// After a run input slot `input` holds the value that `output` had; all are replaced simultaneously.
  package var carried: [(input: Int, output: NodeID)]
  /// Further nodes by which a caller knows parts of the program; they are neither computed nor planned for.
  package var marks: [NodeID] = []
  /// Whether chains of large products are already in the order in which they are computed.
  ///
  /// A stack keeps the order that each of its members has alone, whatever all of them together would gain by another.
  private(set) var hasOrderedProducts = false

  package init(graph: Graph, inputs: [NodeID], outputs: [NodeID], carried: [(input: Int, output: NodeID)] = []) {
    self.graph = graph
    self.inputs = inputs
    self.outputs = outputs
    self.carried = carried
  }
}

extension Program: Codable {
  /// The form that is written.
  private struct Form: Codable {
    /// Its outputs are those of the program, the carried values, then the marks.
    var part: GraphPart
    var carriedInputs: [Int]
    var markCount: Int
    var hasOrderedProducts: Bool
  }

  package func encode(to encoder: any Encoder) throws {
    let form = Form(
      part: GraphPart(graph, inputs: inputs, outputs: outputs + carried.map(\.output) + marks),
      carriedInputs: carried.map(\.input), markCount: marks.count, hasOrderedProducts: hasOrderedProducts)
    try form.encode(to: encoder)
  }

  package init(from decoder: any Decoder) throws {
    let form = try Form(from: decoder)
    guard (0...form.part.outputs.count).contains(form.markCount) else { throw ByteCodingError.malformed }
    let outputs = form.part.outputs.dropLast(form.markCount)
    let count = outputs.count - form.carriedInputs.count
    guard count >= 0, form.carriedInputs.allSatisfy(form.part.inputs.indices.contains) else {
      throw ByteCodingError.malformed
    }
    self.init(
      graph: form.part.graph, inputs: form.part.inputs, outputs: Array(outputs.prefix(count)),
      carried: zip(form.carriedInputs, outputs.dropFirst(count)).map { ($0, $1) })
    marks = Array(form.part.outputs.suffix(form.markCount))
    self.hasOrderedProducts = form.hasOrderedProducts
  }
}

extension Program {
  /// The same program with chains of large products in cheaper orders; what is marked stays a value of its own.
  package func withCheaperProducts() -> Program {
    var result = withOrderedProducts()
    if hasOrderedProducts { return result }
    let replaced = result.graph.withCheaperProducts(outputs + carried.map(\.output) + marks)
    result.outputs = Array(replaced.prefix(outputs.count))
    result.carried = zip(carried, replaced.dropFirst(outputs.count)).map { ($0.input, $1) }
    result.marks = Array(replaced.suffix(marks.count))
    return result
  }

  /// The same program, whose updates of few rows of a large array touch those rows alone.
  func withSparseUpdates() -> Program {
    var result = self
    let replaced = result.graph.withSparseUpdates(outputs + carried.map(\.output))
    result.outputs = Array(replaced.prefix(outputs.count))
    result.carried = zip(carried, replaced.dropFirst(outputs.count)).map { ($0.input, $1) }
    return result
  }

  /// The same program, whose convolutions make no windows of their images.
  func withDirectConvolutions() -> Program {
    var result = self
    let replaced = result.graph.withDirectConvolutions(outputs + carried.map(\.output))
    result.outputs = Array(replaced.prefix(outputs.count))
    result.carried = zip(carried, replaced.dropFirst(outputs.count)).map { ($0.input, $1) }
    return result
  }

  /// The same program, whose products stay in their order.
  func withOrderedProducts() -> Program {
    var result = self
    result.hasOrderedProducts = true
    return result
  }
}

/// How a program is planned and run.
package struct EngineOptions: Sendable {
  /// Threads for large products, 0 for what `Workers.productThreads` says; results do not depend on it.
  package var threads = 0
  /// Whether chains of elementwise work run tile by tile; results do not depend on it.
  package var fusesElementwise = true
  /// Where what instructions take is counted; nil where nobody wants to know.
  package var profile: Profile?
  /// Who carries values between processes in a step that has an `Exchange`.
  package var exchange: (any StepExchange)?

  /// From so many steps on a small program runs as machine code, `Int.max` for never; results do not depend on it.
  package var stepsUntilCode: Int?
  /// The level of x86-64 that the code may use, 0 for that of the kernels; results do not depend on it.
  package var codeLevel = 0

  package init(threads: Int = 0, fusesElementwise: Bool = true, stepsUntilCode: Int? = nil) {
    self.threads = threads
    self.fusesElementwise = fusesElementwise
    self.stepsUntilCode = stepsUntilCode
  }
}

/// A program that cannot be planned.
package enum EngineError: Error, Sendable {
  /// A needed `Input` node is not in `Program.inputs`.
  case missingInput(NodeID)
  /// An entry of `Program.inputs` is not an `Input` node, or is listed twice.
  case notAnInput(NodeID)
  /// A carried value of another shape or element type than its input.
  case carriedTypeDiffers(input: Int, expected: TensorType, found: TensorType)
  /// More memory than there is, or than the limit allows.
  case outOfMemory(MemoryError)
}

/// How an i64 input moves on from one step to the next inside `Executable.run(_:advancing:)`.
package enum CounterInput {
  /// Adds 1 to one element (of an i64 or f64 input) after each step.
  case increment(input: Int, element: Int)
  /// Step s of the call reads entries s·batch ..< (s+1)·batch of `values`; the input holds `batch` entries.
  /// `values` must hold batch entries for every step of the call.
  case stream(input: Int, values: UnsafePointer<Int64>, batch: Int)
}

/// Why a call of `Executable.run` ended before its count.
package enum RunOutcome: Hashable, Sendable {
  case completed
  /// The interrupt flag was set; the number of whole steps done.
  case interrupted(steps: Int)
}
