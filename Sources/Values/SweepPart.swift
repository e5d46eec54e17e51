package import Experiments
import Messages

/// Members of a group that share the values of some names.
package struct SweepPart {
  package var values: [Value]
  package var labels: [String]
  package var members: [SweepGroup.Member]
  /// Where the seed stands among the labels of a member; nil where they have none.
  var seedColumn: Int?

  /// The values that count.
  package var sound: [Value] { members.filter(\.isSound).map(\.value) }

  /// The mean of the members with its standard error; a single member as it is, with its own error.
  ///
  /// Where a run diverged there is no mean of all of them: the value is that of the others, nothing bounds its error, and
  /// a remark counts them; nil where a value is no single number.
  package var estimate: Estimate? {
    var estimates: [Estimate] = []
    for value in sound {
      guard let estimate = Self.estimate(of: value) else { return nil }
      estimates.append(estimate)
    }
    var seeds = seedColumn.map { column in members.filter(\.isSound).map { $0.labels[column] } }
    if let labels = seeds, Set(labels).count < labels.count { seeds = nil }
    let result = Estimate.mean(of: estimates, labels: seeds)
    let leftOut = members.count - estimates.count
    return leftOut > 0 ? result.withoutError(.leftOut(leftOut, of: members.count)) : result
  }

  /// What stands for the whole part in a table or a text.
  package var aggregate: Value {
    let values = sound
    guard let first = values.first else { return .text(members.isEmpty ? "" : "diverged") }
    if values.contains(where: \.isUnknownValue) { return .unknown(.any) }
    if values.count < members.count { return .text("\(members.count - values.count) of \(members.count) diverged") }
    if values.count == 1 { return first }
    if let estimate {
      if case .integer(let n) = first, estimate.error == 0 { return .integer(n) }
      return .estimate(estimate)
    }
    if let vector = meanAlong(values) { return .along(vector) }
    let texts = values.map(ValueText.text)
    if texts.allSatisfy({ $0 == texts[0] }) { return first }
    let flags = values.compactMap { if case .boolean(let flag) = $0 { flag } else { nil } }
    if flags.count == values.count { return .text("\(flags.count { $0 }) of \(flags.count)") }
    return .text("\(values.count) values")
  }

  /// The means over the members of vectors along the same axes, place by place; nil for other values.
  private func meanAlong(_ values: [Value]) -> AxisVector? {
    let vectors = values.compactMap { if case .along(let vector) = $0 { vector } else { nil } }
    guard vectors.count == values.count, var result = vectors.first, !vectors.contains(where: \.holdsTruth),
      vectors.allSatisfy({ $0.places == result.places })
    else { return nil }
    let seeds = seedColumn.map { column in members.filter(\.isSound).map { $0.labels[column] } }
    result.points = result.points.indices.map { place in
      Estimate.mean(of: vectors.map { $0.points[place] }, labels: seeds)
    }
    return result
  }

  private static func estimate(of value: Value) -> Estimate? {
    switch value {
    case .integer(let n): Estimate(Double(n))
    case .real(let x): Estimate(x)
    case .estimate(let estimate): estimate
    default: nil
    }
  }

  /// "b = 4, η = 0.1".
  package static func title(_ names: [String], _ values: [Value], _ labels: [String]) -> String {
    zip(names, zip(values, labels)).map { name, entry in "\(name) = \(shortText(entry.0, label: entry.1))" }
      .joined(separator: ", ")
  }

  /// A value of an axis as a person writes it; what is no number has the text of the script.
  package static func shortText(_ value: Value, label: String) -> String {
    if case .real(let x) = value { return NumberText.short(x) }
    return label
  }
}
