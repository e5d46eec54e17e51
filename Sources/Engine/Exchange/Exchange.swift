package import Graph
package import Tensors

/// What several processes have sent in a step, one after the other.
///
/// It stands in the step of one process alone, where `Program.exchanging` has put it, and is no function of its inputs: those
/// are what this process sends. It has neither derivatives nor batches, and is never written.
package struct Exchange: Primitive {
  package static let name = "exchange"
  package static let arity: Int? = nil
  /// Which of the step's.
  package var number: Int
  /// Elements that all send together.
  package var count: Int

  package var attributes: String { "\(number)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard let first = inputs.first else {
      throw .unsuitable(operation: Self.name, shape: .scalar, expected: "at least one operand")
    }
    return TensorType([count], first.dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    throw DerivativeError(operation: Self.name, reason: "it stands in no program that is differentiated")
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    throw DerivativeError(operation: Self.name, reason: "it stands in no program that is differentiated")
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(self, inputs: inputs)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(TensorType([count], inputs.first?.type.dtype ?? .f64), [Double](repeating: .nan, count: count))
  }
}

/// Who carries values between processes in the middle of a step.
package protocol StepExchange: AnyObject, Sendable {
  /// Sends this process's values and fills in those of the others, at the places of the layout.
  ///
  /// - Returns: whether all have come; else the step is worth nothing, and the run ends.
  func exchange(_ number: Int, _ own: [UnsafeMutableRawPointer], _ all: UnsafeMutableRawPointer) -> Bool
}

/// Where in the values of an exchange each that was sent lies.
package struct ExchangeLayout: Sendable, Hashable {
  /// A value that is sent.
  package struct Entry: Sendable, Hashable {
    /// The process that sends it.
    package var owner: Int
    package var offset: Int
    package var count: Int
  }
  package var dtype: DType
  package var entries: [Entry]

  package var count: Int { entries.reduce(0) { $0 + $1.count } }
}

/// An exchange among the instructions of a plan.
struct ExchangeInstruction {
  var number: Int
  var inputs: [Int32]
  var output: Int32
}

extension Lowering {
  func lower(_ exchange: Exchange, _ node: Int) -> Bool {
    let inputs = graph.nodes[node].inputs.map { slot(of: $0) }
    exchanges.append(ExchangeInstruction(number: exchange.number, inputs: inputs, output: slot(of: node)))
    var list = inputs.map { Access(slot: $0, isWrite: false) }
    list.append(Access(slot: slot(of: node), isWrite: true))
    emitter.emit(Instruction(code: .exchange, n: exchanges.count - 1), accesses: list)
    return true
  }
}
