import Tensors

// Convolutions without windows.
//
// A convolution is written as the product of filters with all windows of its images, so that every rule of differentiation and
// batching is that of `Patches` and `Contract`. Windows of k × k are k² as large as the images, and to make, keep and read
// them takes longer than to multiply. Where a program is planned its three products are computed from the images instead:
//
//     contract(patches(x), K)                                    = convolve(x, K)
//     contract(patches(x), adjoint)  over all images and places  = convolve_filters(x, adjoint)
//     foldpatches(contract(adjoint, K))                          = convolve(adjoint, K turned round), at stride 1
//
// It depends on nothing but the product itself, so that a program gives the same bits whatever else is computed beside it,
// and each member of a stack those that it has alone.

extension Graph {
  /// Fewer places in a row are not worth vectors along it.
  private static var placesMin: Int { 8 }

  /// Outputs of the same values, their convolutions without windows.
  package mutating func withDirectConvolutions(_ outputs: [NodeID]) -> [NodeID] {
    guard nodes.contains(where: { $0.primitive is Patches || $0.primitive is FoldPatches }) else { return outputs }
    let savedOrigin = origin
    defer { origin = savedOrigin }
    let isNeeded = requirement(of: outputs)
    var now = isNeeded.indices.map { NodeID($0) }
    for index in isNeeded.indices where isNeeded[index] {
      let node = nodes[index]
      origin = node.origin
      if let direct = directProduct(NodeID(index)) {
        now[index] = add(direct.primitive, inputs: direct.inputs.map { now[Int($0.index)] })
      } else if let direct = directFold(NodeID(index)) {
        let filters = turned(now[Int(direct.inputs[1].index)])
        now[index] = add(direct.primitive, now[Int(direct.inputs[0].index)], filters)
      } else if node.inputs.contains(where: { now[Int($0.index)] != $0 }) {
        now[index] = add(node.primitive, inputs: node.inputs.map { now[Int($0.index)] })
      }
    }
    return outputs.map { now[Int($0.index)] }
  }

  /// What takes the place of a node, and the nodes that it is of.
  private typealias Direct = (primitive: any Primitive, inputs: [NodeID])

  /// A product of windows with filters or with an adjoint, of the images; nil for everything else.
  private func directProduct(_ node: NodeID) -> Direct? {
    guard let contract = self[node].primitive as? Contract else { return nil }
    let inputs = self[node].inputs
    for (windows, labels, other, otherLabels) in [
      (inputs[0], contract.left, inputs[1], contract.right), (inputs[1], contract.right, inputs[0], contract.left),
    ] {
      guard let patches = self[windows].primitive as? Patches, isWorthwhile(windows) else { continue }
      let images = self[windows].inputs[0]
      guard let parts = WindowLabels(labels, member: contract.member) else { continue }
      let form = ConvolutionForm(
        stride: patches.stride, padding: patches.padding,
        members: [parts.hasMembers, otherLabels.first == contract.member && contract.member != nil])
      let own = otherLabels.dropFirst(form.members[1] ? 1 : 0)
      let output = contract.output.dropFirst(contract.member == nil ? 0 : 1)
      if own.count == 4, Array(own.dropFirst()) == parts.window,
        Array(output) == parts.leading + [own[own.startIndex]] + parts.places
      {
        return (Convolve(form), [images, other])
      }
      if own.count == parts.leading.count + 3, output.count == 4, Array(output.dropFirst()) == parts.window,
        Array(own) == parts.leading + [output[output.startIndex]] + parts.places
      {
        return (ConvolveFilters(form, kernel: patches.kernel), [images, other])
      }
    }
    return nil
  }

  /// The adjoint of images, as the convolution of that of the result; nil for everything else.
  private func directFold(_ node: NodeID) -> Direct? {
    guard let fold = self[node].primitive as? FoldPatches, fold.stride == [1, 1] else { return nil }
    let windows = self[node].inputs[0]
    guard let contract = self[windows].primitive as? Contract else { return nil }
    let kernel = Array(shape(windows).sizes.suffix(2))
    let padding = zip(kernel, fold.padding).map { $0 - 1 - $1 }
    guard padding.allSatisfy({ $0 >= 0 }), fold.size[1] >= Self.placesMin,
      let parts = WindowLabels(contract.output, member: contract.member)
    else { return nil }
    let inputs = self[windows].inputs
    for (adjoint, labels, filters, filterLabels) in [
      (inputs[0], contract.left, inputs[1], contract.right), (inputs[1], contract.right, inputs[0], contract.left),
    ] {
      let has = [labels, filterLabels].map { $0.first == contract.member && contract.member != nil }
      let own = labels.dropFirst(has[0] ? 1 : 0), other = filterLabels.dropFirst(has[1] ? 1 : 0)
      guard other.count == 4, Array(other.dropFirst()) == parts.window,
        Array(own) == parts.leading + [other[other.startIndex]] + parts.places
      else { continue }
      let form = ConvolutionForm(stride: [1, 1], padding: padding, members: has)
      return (Convolve(form), [adjoint, filters])
    }
    return nil
  }

  /// Filters [M?, O, C, KH, KW] → [M?, C, O, KH, KW], rows and columns from last to first.
  private mutating func turned(_ filters: NodeID) -> NodeID {
    let rank = shape(filters).rank, first = rank - 4
    let exchanged = Array(0..<first) + [first + 1, first, first + 2, first + 3]
    return add(Reverse(axes: [rank - 2, rank - 1]), add(Transpose(permutation: exchanged), filters))
  }

  private func isWorthwhile(_ windows: NodeID) -> Bool {
    type(windows).dtype.isReal && shape(windows)[shape(windows).rank - 4] >= Self.placesMin
  }
}

/// The labels of windows [M?, N..., OH, OW, C, KH, KW].
private struct WindowLabels {
  var hasMembers: Bool
  var leading: [Int]
  var places: [Int]
  var window: [Int]

  init?(_ labels: [Int], member: Int?) {
    hasMembers = member != nil && labels.first == member
    let own = Array(labels.dropFirst(hasMembers ? 1 : 0))
    guard own.count >= 5 else { return nil }
    leading = Array(own.dropLast(5))
    places = Array(own.dropLast(3).suffix(2))
    window = Array(own.suffix(3))
  }
}
