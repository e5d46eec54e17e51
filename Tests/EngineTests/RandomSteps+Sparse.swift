import Engine
import Graph
import Tensors

// Steps that read and change few rows of a large state.

extension RandomStep {
  /// A large state of which each step reads and changes some entries: which, is a row of a table.
  mutating func addSparseRows() {
    let width = [1, 1, 1, 3, 20][Int.random(in: 0..<5, using: &random)]
    let rows = width == 1 ? 1100 : 1030, count = [2, 5, 8, 9, 31, 50, 64, 75][Int.random(in: 0..<8, using: &random)]
    let state = input(reals(width == 1 ? [rows] : [rows, width]))
    let table = input(
      Tensor(
        integers: (0..<Self.rowCount).flatMap { _ in places(count, below: rows) }, shape: [Self.rowCount, count]))
    let values = input(reals([Self.rowCount, count]))
    let which = graph.add(Slice(starts: [0], stops: [1]), anyIndex())
    func row(_ table: NodeID) -> NodeID { graph.add(Reshape(shape: [count]), graph.add(GatherRows(), table, which)) }
    let index = row(table), coefficients = row(values)
    let read = graph.add(GatherRows(), state, index)
    let residual = graph.add(
      Contract(left: [0], right: width == 1 ? [0] : [0, 1], output: width == 1 ? [] : [1]), coefficients, read)
    let change = graph.add(
      Contract(left: [0], right: width == 1 ? [] : [1], output: width == 1 ? [0] : [0, 1]), coefficients, residual)
    let scattered = graph.add(ScatterAddRows(rowCount: rows), index, change)
    carried.append((inputs.count - 3, next(state, scattered)))
    if Bool.random(using: &random) { outputs.append(residual) }
  }

  /// The state less a multiple of what is scattered, most often divided by its squared norm.
  private mutating func next(_ state: NodeID, _ scattered: NodeID) -> NodeID {
    let axes = Array(0..<graph.shape(scattered).rank)
    let norm = graph.add(ReduceSum(axes: axes), graph.add(Square(), scattered))
    let rate = graph.constant(Double.random(in: 0...0.5, using: &random), dtype)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return graph.add(Add(), state, graph.add(Multiply(), rate, scattered))
    case 1: return graph.add(Subtract(), state, graph.add(Divide(), scattered, norm))
    default:
      let below = graph.add(Add(), norm, graph.constant(1, dtype))
      return graph.add(Subtract(), state, graph.add(Multiply(), graph.add(Divide(), rate, below), scattered))
    }
  }

  /// Places that rise, rise but for one fall, are anywhere, or are few that come again and again.
  private mutating func places(_ count: Int, below bound: Int) -> [Int] {
    let any = (0..<count).map { _ in Int.random(in: 0..<bound, using: &random) }
    let first = Int.random(in: 0..<count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return any.sorted()
    case 1: return (0..<count).map { ($0 + first) * (bound / count) % bound }
    case 2: return (0..<count).map { ($0 + first) % count * (bound / count) }
    case 3: return any.map { $0 % 5 }
    default: return any
    }
  }
}
