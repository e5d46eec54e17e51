import Tensors

/// The members of a list while it is made, with the memory that they and all inside of them take.
package struct GrowingList {
  package private(set) var values: [Value] = []
  package private(set) var bytes = 0
  /// While checking: there may be other numbers of members than these.
  package var isOpen = false

  /// Adds a value at the end.
  package mutating func append(_ value: Value) {
    values.append(value)
    bytes += MemoryLayout<Value>.stride + Self.bytesBehind(value)
  }

  /// What an object takes besides its content.
  private static let objectBytes = 64

  /// Bytes that a value holds elsewhere.
  private static func bytesBehind(_ value: Value) -> Int {
    switch value {
    case .tensor(let tensor): 2 * objectBytes + tensor.byteCount
    case .list(let values), .tuple(let values):
      values.reduce(objectBytes) { $0 + MemoryLayout<Value>.stride + bytesBehind($1) }
    case .text(let text): text.utf8.count
    default: 0
    }
  }

  package init() {
  }
}
