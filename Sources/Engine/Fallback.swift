import Graph
import Tensors

/// Applications that `Primitive.reference` evaluates, and how.
final class FallbackTable {
  private let entries: [Fallback]

  init(_ entries: [Fallback]) { self.entries = entries }

  /// Evaluates entry `number` on the memory that slots point at.
  func run(_ number: Int, _ slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>) {
    let entry = entries[number]
    let inputs = entry.inputs.map { input in
      ReferenceTensor(input.type, Self.values(slots[Int(input.slot)], input.type))
    }
    let result = entry.primitive.reference(inputs)
    guard let out = slots[Int(entry.output.slot)] else { return }
    for (index, value) in result.values.enumerated() { Block.write(value, at: index, of: out, entry.output.type.dtype) }
  }

  private static func values(_ start: UnsafeMutableRawPointer?, _ type: TensorType) -> [Double] {
    guard let start else { return [] }
    return (0..<type.count).map { Block.read(at: $0, of: UnsafeRawPointer(start), type.dtype) }
  }
}
