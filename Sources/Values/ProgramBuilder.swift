import Engine
package import Experiments
package import Graph
package import Tensors

/// The program that is being staged: its graph, what it is fed with, and the constants that are bound to it.
///
/// Symbolic values speak of the graph of the builder at hand. `Evaluator.staging` puts another one in its place, and
/// everything that belongs to a staging changes with it.
package final class ProgramBuilder {
  package var graph: Graph
  /// Element type of real constants that enter the graph.
  let realType: DType
  /// How many stagings this one is inside of, itself among them; 0 outside of all.
  package var depth: Int
  /// How many paths of an ensemble stand behind what is staged for one; nil where there are none.
  package var paths: Int?
  /// Whether each path has streams of random numbers and batches of its own.
  package var hasOwnStreams = false
  /// What one path asked for of its own, with that of all paths.
  package private(set) var pathInputs: [(original: NodeID, replacement: NodeID)] = []
  /// Conditions of the branches in which something is staged, outermost first.
  package var branches: [BranchCondition] = []
  /// Inputs that stand for numbers of more bits than the program has: what is computed of them alone needs those bits.
  package var roundedNumbers: Set<NodeID> = []
  /// In the order in which they were asked for.
  private var inputs: [(feed: Feed, node: NodeID)] = []
  private var known: [Feed: NodeID] = [:]
  private var constants: [ConstantKey: NodeID] = [:]
  private var externals: [(node: NodeID, tensor: Tensor)] = []
  /// Kept alive, so that its identity stays its own while the graph is staged.
  private var originals: [Tensor] = []

  /// A builder that goes on from a graph.
  init(graph: Graph = Graph(), realType: DType = .f64, depth: Int = 0) {
    self.graph = graph
    self.realType = realType
    self.depth = depth
  }

  // MARK: Inputs

  /// The input that stands for a feed; equal feeds are one input.
  package func input(_ feed: Feed, _ type: TensorType) -> NodeID {
    if let node = known[feed] { return node }
    if let paths, let whole = feed.whole(of: paths, hasOwnStreams) {
      let node = graph.freshInput(type)
      let all = graph.add(Input(index: inputs.count, type: type.ofPaths(paths)))
      inputs.append((whole, all))
      pathInputs.append((node, all))
      known[feed] = node
      return node
    }
    let node = graph.add(Input(index: inputs.count, type: type))
    inputs.append((feed, node))
    known[feed] = node
    return node
  }

  /// What was asked for beside slots and constants, by its feed.
  package var moving: [(feed: Feed, node: NodeID)] {
    inputs.filter { if case .slot = $0.feed { false } else { true } }
  }

  /// The number of the next update, from 1.
  package var time: NodeID { input(.time, TensorType(.scalar, .f64)) }

  /// (key, updates so far, 0) of a stream of random numbers.
  package func key(_ purpose: String, _ detail: String) -> NodeID {
    input(.key(StreamLabel(purpose: purpose, detail: detail)), TensorType([3], .i64))
  }

  // MARK: Constants

  /// Above this many elements a constant is bound to the plan instead of living in the graph.
  private static let constantElementsMax = 256

  /// One node for one storage, so that equal uses are shared.
  package func constant(_ tensor: Tensor, _ conversions: inout RecentConversions) -> NodeID {
    let key = ConstantKey(identity: tensor.identity, shape: tensor.shape)
    if let known = constants[key] { return known }
    let isLarge = tensor.count > Self.constantElementsMax
    var converted = tensor
    if tensor.dtype.isReal, tensor.dtype != realType {
      converted = isLarge ? conversions.converted(tensor, to: realType) : tensor.converted(to: realType)
    }
    let id: NodeID
    if isLarge {
      id = graph.freshInput(converted.type)
      externals.append((id, converted))
    } else {
      id = graph.add(Constant(value: converted))
    }
    originals.append(tensor)
    constants[key] = id
    return id
  }

  /// Inputs that are bound to large constants.
  package var externalNodes: [NodeID] { externals.map(\.node) }

  // MARK: The program

  /// What is staged as a program: inputs are those that were asked for, slots first, then large constants.
  ///
  /// - Precondition: the slots that were asked for are 0, 1, … without a gap.
  package func program(outputs: [NodeID], carried: [(input: Int, output: NodeID)] = []) -> FedProgram {
    let slots = inputs.compactMap { input in
      if case .slot(let number) = input.feed { (number: number, input: input) } else { nil }
    }.sorted { $0.number < $1.number }
    precondition(slots.map(\.number) == Array(slots.indices), "slots are the first inputs")
    let others = inputs.filter { if case .slot = $0.feed { false } else { true } }
    let all = slots.map(\.input) + others + externals.enumerated().map { (.external($0), $1.node) }
    return FedProgram(
      program: Program(graph: graph, inputs: all.map(\.node), outputs: outputs, carried: carried),
      feeds: all.map(\.feed), externals: externals.map(\.tensor))
  }
}

extension Feed {
  /// What brings that of all paths of an ensemble; nil where all paths share it.
  fileprivate func whole(of paths: Int, _ hasOwnStreams: Bool) -> Feed? {
    if case .slot = self { return self }
    return isOfEachPath && hasOwnStreams ? ofPaths(paths) : nil
  }
}

/// Which tensor a constant node came from.
private struct ConstantKey: Hashable {
  var identity: ObjectIdentifier
  var shape: Shape
}
