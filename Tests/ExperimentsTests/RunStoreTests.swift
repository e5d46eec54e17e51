import Data
import Experiments
import Tensors
import Testing

/// What is kept of a run comes back as it was, or not at all.
@Suite struct RunStoreTests {
  private static let record = RunRecord(
    series: [
      Series(name: "loss", axis: .step, positions: [0, 10, 20], values: [1, .nan, -.infinity]),
      Series(name: "größe", axis: .time, positions: [], values: []),
    ],
    finals: [
      ("w", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])), ("n", Tensor(integers: [7, .min], shape: [2])),
      ("f", Tensor([0.1], shape: [], dtype: .f32)),
    ],
    ending: .diverged(step: 21, slot: "w", operation: "multiply", origin: 9), stepCount: 21, cause: "x^2")

  @Test func recordComesBack() throws {
    let store = RunStore(host: MemoryHost(currentDirectory: "/c", outputDirectory: "/c"), release: "1")
    #expect(store.keep(Self.record, "abcd"))
    guard case .found(let found) = store.entry("abcd") else { throw Missing() }
    #expect(found.series.map(\.name) == ["loss", "größe"] && found.series[1].axis == .time)
    #expect(found.series[0].positions == [0, 10, 20] && found.series[0].values[1].isNaN)
    #expect(found.series[0].values[2] == -.infinity && found.stepCount == 21 && found.cause == "x^2")
    #expect(found.ending == .diverged(step: 21, slot: "w", operation: "multiply", origin: 0))
    #expect(found.finals.count == Self.record.finals.count && !found.finals.isEmpty)
    for (one, other) in zip(found.finals, Self.record.finals) {
      #expect(
        one.path == other.path && one.tensor.shape == other.tensor.shape && one.tensor.dtype == other.tensor.dtype)
      #expect(one.tensor.doubles() == other.tensor.doubles())
    }
  }

  private struct Missing: Error {}

  /// Cut anywhere, or with any byte changed, an entry is none.
  @Test func damageIsSeen() {
    let bytes = Self.record.encoded(key: "k")
    #expect(RunRecord(bytes: bytes, key: "k") != nil)
    #expect(RunRecord(bytes: bytes, key: "l") == nil)
    for count in stride(from: 0, to: bytes.count, by: 7) {
      #expect(RunRecord(bytes: Array(bytes.prefix(count)), key: "k") == nil)
      var changed = bytes
      changed[count] ^= 0x10
      #expect(RunRecord(bytes: changed, key: "k") == nil)
    }
  }
}
