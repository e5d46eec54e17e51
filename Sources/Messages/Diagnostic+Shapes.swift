package import Diagnostics
package import Tensors

// E05: shapes and indices.
extension Diagnostic {
  /// What is compared number by number and has other numbers.
  package static func unlikeShapes(_ given: Shape, _ wanted: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0501", "\(given) cannot stand beside \(wanted): one number would be used for several", at: span,
      label: "\(given) and \(wanted)",
      help: min(given.count, wanted.count) == 1 ? ["labels of classes are made rows of numbers by `.one_hot()`"] : [])
  }

  /// One name of noise in equations of different shapes.
  package static func noiseShapes(_ name: String, _ first: Shape, at place: Span, other: Shape, _ span: Span)
    -> Diagnostic
  {
    Diagnostic(
      "E0501", "`\(name)` is one noise, of shape \(first) in one equation and \(other) in another", at: span,
      label: "needs shape \(other)", labels: [Diagnostic.Label(place, "needs shape \(first)")],
      help: [
        name.hasPrefix("dB")
          ? "write another name, such as `\(name == "dB9" ? "dB8" : "dB9")`, in one of them: each name is a noise of its own"
          : "declare another `noise` for one of them"
      ])
  }

  package static func shapeMismatch(_ operation: String, _ left: Shape, _ right: Shape, at span: Span, labels: [Label])
    -> Diagnostic
  {
    var help: [String] = []
    if operation == "*", left.rank == 2, right.rank == 2, left[1] == right[0] {
      help = ["did you mean `@` (matrix product)?"]
    } else if operation == "+", left.rank == 1, right.rank == 1 {
      help = ["`concat(a, b)` puts one behind the other"]
    }
    return Diagnostic(
      "E0501", "`\(operation)` needs equal shapes, got \(left) and \(right)", at: span,
      label: "\(left) \(operation) \(right)",
      labels: labels, help: help
    ).following(from: .shapes)
  }

  package static func silentTable(
    _ operation: String, _ left: Shape, _ right: Shape, result: Shape, leftText: String, rightText: String,
    at span: Span,
    labels: [Label]
  ) -> Diagnostic {
    let column = left.rank >= right.rank ? leftText : rightText
    return Diagnostic(
      "E0502", "these shapes would silently build a \(result) table", at: span, label: "\(left) \(operation) \(right)",
      labels: labels,
      help: [
        "for one value per row write `\(column)[:, 0]`",
        "if you do want all pairs, reshape one operand to say so",
      ]
    ).following(from: .shapes)
  }

  package static func innerSizes(_ left: Shape, _ right: Shape, at span: Span, labels: [Label]) -> Diagnostic {
    Diagnostic(
      "E0503", "`@` needs inner sizes to agree, got \(left) @ \(right)", at: span, label: "\(left) @ \(right)",
      labels: labels
    ).following(from: .shapes)
  }

  package static func indexOutOfRange(_ index: Int, count: Int, from first: Int = 0, at span: Span) -> Diagnostic {
    let valid = count == 0 ? "there are no elements" : "valid \(first) … \(first + count - 1)"
    let note = index < 0 ? ["only a literal negative index counts from the end"] : []
    return Diagnostic(
      "E0504", "index \(index) is out of range: \(valid)", at: span, label: "\(count) elements", notes: note
    ).following(from: .numbers)
  }

  /// An index that was met while computing: the one at `place` of `among`, in row-major order.
  package static func indexOutOfRange(
    _ index: Int, count: Int, place: Int, among: Int, _ context: String? = nil, at span: Span
  ) -> Diagnostic {
    var finding = indexOutOfRange(index, count: count, at: span)
    if let context { finding.message += ", " + context }
    if among > 1 { finding.notes.insert("it is number \(place + 1) of \(among) indices that are used here", at: 0) }
    return finding
  }

  /// An index that the data of some samples give, found before the first step.
  ///
  /// - Parameters:
  ///   - sample: which sample has it, in words.
  ///   - others: how many samples besides have one too.
  package static func sampleIndexOutOfRange(
    _ index: Int, count: Int, sample: String, others: Int, help: [String], at span: Span
  ) -> Diagnostic {
    var finding = indexOutOfRange(index, count: count, at: span)
    finding.message += ", in \(sample)"
    if others > 0 { finding.notes.insert("so it is in \(others) other sample\(others == 1 ? "" : "s")", at: 0) }
    finding.help = help
    return finding
  }

  package static func sliceOutOfRange(_ lower: Int, _ upper: Int, count: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0505", "slice \(lower):\(upper) is out of range: valid 0 … \(max(0, count - 1)), end at most \(count)",
      at: span,
      label: "\(count) elements", notes: ["slices are not clipped"]
    ).following(from: .numbers)
  }

  package static func lossNotScalar(_ shape: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0506", "the loss of one sample must be a single number, got shape \(shape)", at: span, label: "shape \(shape)",
      help: ["reduce it: `norm2(…) / 2`, `sum(…)` or `mean(…)`"]
    ).following(from: .shapes)
  }

  package static func sizeConflict(_ name: String, _ first: Int, _ second: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0507", "the size `\(name)` is \(first) in one argument and \(second) in another", at: span,
      label: "\(name) = \(second)")
  }

  package static func unsuitableShape(_ operation: String, _ shape: Shape, expected: String, at span: Span)
    -> Diagnostic
  {
    Diagnostic(
      "E0508", "`\(operation)` needs \(expected), got shape \(shape)", at: span, label: "shape \(shape)"
    ).following(from: .shapes)
  }

  /// A tensor where a single number is needed, or one of more elements than are recorded.
  package static func recordedNotScalar(_ name: String, _ shape: Shape, most: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0509",
      most == 1
        ? "a single number is needed here, and `\(name)` has shape \(shape)"
        : shape.count == 0
          ? "`\(name)` has no elements to record: its shape is \(shape)"
          : "`record` keeps at most \(most) elements of a tensor, and `\(name)` has \(shape.count)",
      at: span, label: "shape \(shape)",
      help: [
        "reduce it: `norm(\(name))`, `mean(\(name))`, or one element `\(name)[\(shape.sizes.map { _ in "0" }.joined(separator: ", "))]`"
      ])
  }

  /// A condition on several numbers where one is needed.
  package static func conditionOfSeveral(_ text: String, _ shape: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0509", "a single condition is needed here, and `\(text)` has shape \(shape)", at: span, label: "shape \(shape)",
      help: ["write `any(\(text))`, or `all(\(text))`"])
  }

  /// A function of which the value would have to be one number to be differentiated so.
  package static func derivativeOfSeveral(_ operation: String, _ shape: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0506", "`\(operation)` needs a function whose value is a single number, got shape \(shape)", at: span,
      label: "shape \(shape)",
      help: [
        "reduce it in the function, by `sum(…)` say", "`jacobian(f)` has the derivative of each of several values",
      ]
    ).following(from: .shapes)
  }

  /// A state without a shape whose start has another than the parameter's.
  package static func stateShape(_ name: String, start: Shape, text: String, parameter: Shape, at span: Span)
    -> Diagnostic
  {
    let sizes = start.sizes.map { size in
      if parameter.rank == 2 { return size == parameter[0] ? "x.rows" : size == parameter[1] ? "x.cols" : "\(size)" }
      return parameter.rank == 1 && size == parameter[0] ? "x.count" : "\(size)"
    }
    return Diagnostic(
      "E0510", "`\(name)` starts with shape \(start), and a state without a shape has that of `x`, \(parameter)",
      at: span, label: "shape \(start)",
      help: ["write `state \(name): [\(sizes.joined(separator: ", "))] = \(text)`"]
    ).following(from: .shapes)
  }

  package static func updateShape(_ name: String, expected: Shape, found: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0510", "`\(name)'` must keep the shape \(expected), got \(found)", at: span, label: "shape \(found)"
    ).following(from: .shapes)
  }
}
