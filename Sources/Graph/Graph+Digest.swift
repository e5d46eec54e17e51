package import Tensors

/// What a computation is, apart from how it came about: two graphs with one digest compute the same.
extension Graph {
  /// Adds the nodes that the outputs need, in their order and numbered anew, with all attributes of their primitives.
  ///
  /// Places in the script do not count, and neither do nodes that nothing needs.
  package func add(to digest: inout Digest, outputs: [NodeID], inputs: [NodeID]) {
    let isNeeded = requirement(of: outputs)
    var numbers: [NodeID: Int] = [:]
    digest.add(inputs.count)
    for input in inputs {
      numbers[input] = numbers.count
      let isUsed = Int(input.index) < isNeeded.count && isNeeded[Int(input.index)]
      digest.add(isUsed ? "\(type(input))" : "unused")
    }
    for index in isNeeded.indices where isNeeded[index] && numbers[NodeID(index)] == nil {
      let node = nodes[index]
      numbers[NodeID(index)] = numbers.count
      digest.add(Swift.type(of: node.primitive).name)
      digest.add("\(node.type)")
      for input in node.inputs { digest.add(numbers[input] ?? -1) }
      Self.add(node.primitive, to: &digest)
    }
    digest.add(outputs.count)
    for output in outputs { digest.add(numbers[output] ?? -1) }
  }

  /// Adds the stored properties of a value, down to numbers, texts, tensors and computations.
  private static func add(_ value: Any, to digest: inout Digest) {
    switch value {
    case let tensor as Tensor: return digest.add(tensor)
    case let part as Subgraph: return part.graph.add(to: &digest, outputs: part.outputs, inputs: part.inputs)
    case let number as Int: return digest.add(number)
    case let number as Double: return digest.add(number)
    case let text as String: return digest.add(text)
    default: break
    }
    let children = Mirror(reflecting: value).children
    digest.add(children.count)
    guard !children.isEmpty else { return digest.add("\(value)") }
    for child in children {
      digest.add(child.label ?? "")
      add(child.value, to: &digest)
    }
  }
}
