import Tensors

// Convolution and pooling of images [N..., C, H, W], by their windows.

extension Graph {
  /// A convolution (a correlation, as usual in networks): images [N..., C, H, W] and filters [O, C, KH, KW] give
  /// [N..., O, OH, OW], with zeros around the images.
  ///
  ///     out[…, o, i, j] = Σ_{c, u, v} filters[o, c, u, v] · in[…, c, i·stride₀ + u − padding₀, j·stride₁ + v − padding₁]
  package mutating func convolve2d(
    _ images: NodeID, _ filters: NodeID, stride: [Int], padding: [Int]
  ) throws(ShapeError) -> NodeID {
    guard shape(filters).rank == 4 else {
      throw .unsuitable(operation: "conv2d", shape: shape(filters), expected: "[outputs, channels, height, width]")
    }
    let patches = try apply(
      Patches(kernel: Array(shape(filters).sizes.suffix(2)), stride: stride, padding: padding), [images])
    let leading = Array(0..<(shape(patches).rank - 5))
    let first = leading.count
    let (row, column, window, output) = (first, first + 1, [first + 2, first + 3, first + 4], first + 5)
    let contract = Contract(
      left: leading + [row, column] + window, right: [output] + window, output: leading + [output, row, column])
    return try apply(contract, [patches, filters])
  }

  /// The mean of each window, zeros around the images included: [N..., C, H, W] → [N..., C, OH, OW].
  package mutating func averagePool2d(
    _ images: NodeID, kernel: [Int], stride: [Int], padding: [Int]
  ) throws(ShapeError) -> NodeID {
    let patches = try apply(Patches(kernel: kernel, stride: stride, padding: padding), [images])
    let rank = shape(patches).rank
    let sums = add(ReduceSum(axes: [rank - 2, rank - 1]), patches)
    let means = add(Divide(), sums, constant(Double(kernel.reduce(1, *)), like: sums))
    return channelsFirst(means)
  }

  /// The largest element of each window, never one of the padding: [N..., C, H, W] → [N..., C, OH, OW].
  ///
  /// The derivative goes to the first of equal elements.
  package mutating func maxPool2d(
    _ images: NodeID, kernel: [Int], stride: [Int], padding: [Int]
  ) throws(ShapeError) -> NodeID {
    let windows = Patches(kernel: kernel, stride: stride, padding: padding)
    var patches = try apply(windows, [images])
    if padding.contains(where: { $0 > 0 }) {
      let isInside = try apply(windows, [filled(1, type(images))])
      patches = add(Select(), isInside, patches, constant(-.infinity, like: patches))
    }
    let rank = shape(patches).rank
    return channelsFirst(try apply(ReduceMax(axes: [rank - 2, rank - 1]), [patches]))
  }

  /// [N..., OH, OW, C] → [N..., C, OH, OW].
  private mutating func channelsFirst(_ node: NodeID) -> NodeID {
    let rank = shape(node).rank
    return add(Transpose(permutation: Array(0..<(rank - 3)) + [rank - 1, rank - 3, rank - 2]), node)
  }
}
