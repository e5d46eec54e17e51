import Data
import Experiments
import Messages
import Syntax
import Tensors

extension NumberText {
  /// A value within a sentence: a number or a text as it is, others by their kind.
  package static func short(_ value: Value) -> String {
    switch value {
    case .integer(let n): String(n)
    case .real(let x): short(x)
    case .text(let text): "\"\(text)\""
    default: value.kind
    }
  }
}

/// Values as `print` and a prompt show them.
package enum ValueText {
  /// Entries of a tensor that are written out; more are summarised.
  private static let entriesMax = 200

  /// A value as it is printed.
  package static func text(_ value: Value) -> String {
    switch value {
    case .integer(let n): String(n)
    case .real(let x): NumberFormat.shortest.text(x)
    case .boolean(let flag): flag ? "true" : "false"
    case .text(let text): text
    case .tensor(let tensor): self.text(tensor)
    case .range(let range): "\(range.lowerBound)..<\(range.upperBound)"
    case .list(let values), .family(_, let values): "[" + values.map(text).joined(separator: ", ") + "]"
    case .tuple(let values): "(" + values.map(text).joined(separator: ", ") + ")"
    case .estimate(let estimate): estimate.text
    case .judgement(let judgement): judgement.verdict.rawValue
    case .series(let series): self.text(series)
    case .tensorSeries(let series): self.text(series)
    case .along(let vector): self.text(vector)
    case .run(let run): self.text(run)
    case .dataset(let dataset): self.text(dataset)
    case .instance(let instance): "\(instance.definition.kind.rawValue) \(instance.title)"
    case .function(let function): self.text(function)
    case .distribution(let distribution):
      "\(distribution.kind.rawValue)(" + distribution.parameters.map(text).joined(separator: ", ") + ")"
    case .sweep(let sweep): self.text(sweep)
    case .group(let group): self.text(group)
    case .node, .condition, .sparse, .leaf, .deferred, .view, .unknown: "?"
    case .nothing: ""
    }
  }

  private static func text(_ tensor: Tensor) -> String {
    guard tensor.count <= entriesMax else {
      let values = tensor.doubles()
      let low = values.min() ?? .nan
      let high = values.max() ?? .nan
      return "\(tensor.dtype)\(tensor.shape) in [\(NumberText.short(low)), \(NumberText.short(high))]"
    }
    let entries =
      tensor.dtype == .i64
      ? tensor.integers().map(String.init) : tensor.doubles().map { NumberFormat.shortest.text($0) }
    return nested(entries[...], tensor.shape.sizes[...], indent: 1)
  }

  /// Entries in brackets axis by axis: the last on one line, the others line by line.
  private static func nested(_ entries: ArraySlice<String>, _ sizes: ArraySlice<Int>, indent: Int) -> String {
    guard sizes.count > 1, let count = sizes.first else { return "[" + entries.joined(separator: ", ") + "]" }
    let width = count == 0 ? 0 : entries.count / count
    let parts = (0..<count).map { part in
      let first = entries.startIndex + part * width
      return nested(entries[first..<first + width], sizes.dropFirst(), indent: indent + 1)
    }
    let gap = String(repeating: "\n", count: sizes.count - 1) + String(repeating: " ", count: indent)
    return "[" + parts.joined(separator: "," + gap) + "]"
  }

  private static func text(_ series: Series) -> String {
    guard let last = series.values.last, let position = series.positions.last else {
      return "\(series.name): no values"
    }
    return
      "\(series.name): \(series.values.count) values, \(NumberText.short(last)) at \(series.axis.rawValue) \(NumberText.short(position))"
  }

  private static func text(_ series: TensorSeries) -> String {
    guard let position = series.positions.last else { return "\(series.name): no values" }
    let last = text(series.tensor(at: series.positions.count - 1))
    return "\(series.name): \(series.shape) at \(series.positions.count) positions, at "
      + "\(series.axis.rawValue) \(NumberText.short(position))\n\(last)"
  }

  /// A line for each place.
  private static func text(_ vector: AxisVector) -> String {
    let lines = vector.points.indices.map { index in
      let value = if case .boolean(let flag) = vector.value(at: index) { "\(flag)" } else { vector.points[index].text }
      return "\(vector.places.title(index)): \(value)"
    }
    return lines.joined(separator: "\n")
  }

  private static func text(_ run: RunValue) -> String {
    var parts = ["\(run.name)  step \(run.stepCount)"]
    for series in run.series {
      if let last = series.values.last { parts.append("\(series.name) \(NumberText.short(last))") }
    }
    return parts.joined(separator: "  ")
  }

  private static func text(_ sweep: SweepValue) -> String {
    "\(sweep.name)  \(sweep.cells.count) runs over \(sweep.axes.joined(separator: ", "))"
  }

  /// One line for each combination of the names that tell groups apart; a single value stands alone.
  private static func text(_ group: SweepGroup) -> String {
    let keys = group.keys
    let lines = group.parts(by: keys).map { part in
      let aggregate = part.aggregate
      let value = text(aggregate)
      let title = SweepPart.title(keys, part.values, part.labels)
      if aggregate.isAcross, !keys.isEmpty {
        return value.split(separator: "\n").map { "\(title), \($0)" }.joined(separator: "\n")
      }
      return keys.isEmpty ? value : SweepPart.title(keys, part.values, part.labels) + ": " + value
    }
    return lines.joined(separator: "\n")
  }

  private static func text(_ dataset: Dataset) -> String {
    let samples = dataset.count == 1 ? "sample" : "samples",
      features = dataset.featureCount == 1 ? "feature" : "features"
    var text = "\(dataset.name): \(dataset.count) \(samples) of \(dataset.featureCount) \(features)"
    if !dataset.classNames.isEmpty {
      text += ", \(dataset.classNames.count) classes"
    } else if let classes = dataset.classCount, let labels = dataset.labels {
      // Only labels that count from 0 are sure to be classes; whole targets may be salaries.
      let used = labels.sizes.count == 2 ? classes : Set(labels.values).count
      let (low, high) = (labels.values.min() ?? 0, labels.values.max() ?? 0)
      text += used == classes ? ", \(classes) classes" : ", labels from \(Int(low)) to \(Int(high))"
    }
    return text
  }

  private static func text(_ function: Function) -> String {
    switch function {
    case .builtin(let builtin), .method(let builtin, _): "function \(builtin.name)"
    case .closure: "function"
    case .definition(let value): "\(value.definition.kind.rawValue) \(value.definition.name.text)"
    case .native(let native):
      native.fields.isEmpty
        ? "function \(native.name)"
        : "\(native.name): " + native.fields.map { "\($0.name) = \(self.text($0.value))" }.joined(separator: ", ")
    }
  }
}
