import Graph
import Tensors

/// What a plan does by calls: applications that `Primitive.reference` evaluates, and exchanges with other processes.
final class FallbackTable {
  private let entries: [Fallback]
  private let exchanges: [ExchangeInstruction]
  private let exchange: (any StepExchange)?

  init(_ entries: [Fallback], _ exchanges: [ExchangeInstruction], by exchange: (any StepExchange)?) {
    (self.entries, self.exchanges, self.exchange) = (entries, exchanges, exchange)
  }

  /// Sends and receives; false where what others send does not come.
  func exchange(_ number: Int, _ slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Bool {
    let entry = exchanges[number]
    guard let exchange, let all = slots[Int(entry.output)] else { return false }
    return exchange.exchange(entry.number, entry.inputs.compactMap { slots[Int($0)] }, all)
  }

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
