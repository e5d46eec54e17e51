import Graph
import Tensors

/// A quotient of numbers in which 0 / 0 is 0, as `a / (a = 0 and b = 0 ? 1 : b)` in the graph.
///
/// One operation for five: each of the five would wait for the one before.
struct Ratio {
  var top: Int
  var bottom: Int
  /// The nodes between the operands and the quotient.
  var parts: [Int]
}

extension Lowering {
  /// The ratio that a node is the quotient of, where nothing else reads what lies between; nil for other nodes.
  func ratio(_ quotient: Int) -> Ratio? {
    guard opcode(quotient) == .divide, type(quotient).dtype.isReal else { return nil }
    let (top, choice) = (graph.nodes[quotient].inputs[0], graph.nodes[quotient].inputs[1])
    guard graph.nodes[choice].primitive is Select, isConstant(graph.nodes[choice].inputs[1], 1) else { return nil }
    let (both, bottom) = (graph.nodes[choice].inputs[0], graph.nodes[choice].inputs[2])
    guard opcode(both) == .multiply else { return nil }
    let tests = graph.nodes[both].inputs
    guard comparesWithZero(tests[0], top), comparesWithZero(tests[1], bottom) else { return nil }
    let ratio = Ratio(top: top, bottom: bottom, parts: [choice, both] + tests)
    return ratio.parts.allSatisfy { isInner($0, of: quotient) } ? ratio : nil
  }

  private func opcode(_ node: Int) -> BinaryOpcode? {
    guard case .binary(let opcode)? = ElementOperation(graph.nodes[node], in: graph) else { return nil }
    return opcode
  }

  private func comparesWithZero(_ test: Int, _ operand: Int) -> Bool {
    opcode(test) == .equal && graph.nodes[test].inputs[0] == operand && isConstant(graph.nodes[test].inputs[1], 0)
  }

  private func isConstant(_ node: Int, _ value: Double) -> Bool {
    (graph.nodes[graph.root(node)].primitive as? ScalarConstant)?.value == value
  }

  private func isInner(_ part: Int, of quotient: Int) -> Bool {
    unitNumber(part) == unitNumber(quotient) && readerCount(part) == 1 && !isReadOutside(part)
  }
}
