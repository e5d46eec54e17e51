import Tensors

extension Graph {
  /// The nodes that the outputs need, one a line; bodies of loops are indented below their loop.
  ///
  ///     %0 f64[3] = input 0
  ///     %1 f64[3] = multiply %0 %0
  ///     return %1
  package func printed(outputs: [NodeID]) -> String {
    lines(outputs: outputs).map { $0 + "\n" }.joined()
  }

  private func lines(outputs: [NodeID]) -> [String] {
    let isNeeded = requirement(of: outputs)
    var result: [String] = []
    for index in isNeeded.indices where isNeeded[index] {
      let node = nodes[index]
      let name = Swift.type(of: node.primitive).name
      let words = ["%\(index) \(node.type) =", name] + node.inputs.map { "%\($0.index)" }
      let attributes = node.primitive.attributes
      result.append(words.joined(separator: " ") + (attributes.isEmpty ? "" : " " + attributes))
      for (title, part) in node.primitive.subgraphs {
        result.append("  \(title) (\(part.inputs.map { "%\($0.index)" }.joined(separator: " "))):")
        result += part.graph.lines(outputs: part.outputs).map { "    " + $0 }
      }
    }
    return result + ["return " + outputs.map { "%\($0.index)" }.joined(separator: " ")]
  }
}
