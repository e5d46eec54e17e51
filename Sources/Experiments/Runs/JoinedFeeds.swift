import Engine
import Tensors

/// The inputs of several programs as those of one: what is filled with the same is one input.
struct JoinedFeeds {
  private(set) var supplies: [Supply]
  /// What is the same at every step.
  private(set) var tensors: [(place: Int, tensor: Tensor)]

  /// Inputs of the first program, in their places.
  init(_ first: Feeder) {
    supplies = first.supplies
    tensors = first.supplies.indices.filter { first.supplies[$0] == .fixed }.map {
      ($0, first.executable.value(ofInput: $0))
    }
  }

  /// The places of the inputs of another program.
  mutating func take(_ other: Feeder) -> [Int] {
    other.supplies.indices.map { input in
      let supply = other.supplies[input]
      return supply == .fixed ? place(of: other.executable.value(ofInput: input)) : place(of: supply)
    }
  }

  private mutating func place(of supply: Supply) -> Int {
    if let known = supplies.firstIndex(of: supply) { return known }
    supplies.append(supply)
    return supplies.count - 1
  }

  /// Larger tensors are the same only where they share their elements.
  private static let comparedMax = 1 << 12

  private mutating func place(of tensor: Tensor) -> Int {
    let isSame = { (other: Tensor) in
      other.identity == tensor.identity && other.type == tensor.type
        || tensor.count <= Self.comparedMax && other.hasSameBits(as: tensor)
    }
    if let known = tensors.first(where: { isSame($0.tensor) }) { return known.place }
    supplies.append(.fixed)
    tensors.append((supplies.count - 1, tensor))
    return supplies.count - 1
  }
}
