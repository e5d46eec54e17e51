import Tensors
import Testing

@Suite(.serialized) struct TensorTests {
  @Test func elementsComeBackInEveryType() {
    let values: [Double] = [1.5, -2.75, 0, 1e10]
    #expect(Tensor(values, shape: [2, 2]).doubles() == values)
    #expect(Tensor(values, shape: [4], dtype: .f32).doubles() == values.map { Double(Float($0)) })
    #expect(Tensor(values, shape: [4], dtype: .i64).integers() == [1, -2, 0, 10_000_000_000])
    #expect(Tensor(integers: [3, -1], shape: [2]).doubles() == [3, -1])
    #expect(Tensor([], shape: [0, 3]).doubles() == [])
    #expect(Tensor(integers: [], shape: [0]).integers() == [])
    #expect(Tensor.scalar(2).shape == .scalar)
  }

  @Test func wholeNumbersFromRealsSaturate() {
    let tensor = Tensor([.nan, .infinity, -.infinity, 1e19, -0.9], shape: [5]).converted(to: .i64)
    #expect(tensor.integers() == [0, .max, .min, .max, 0])
    let reals = Tensor([.nan, .infinity, -.infinity, 1e19, -0.9], shape: [5])
    #expect((0..<5).map { reals.integer(at: $0) } == tensor.integers())
  }

  @Test func aCopyKeepsItsElementsWhenTheOtherIsWritten() {
    var a = Tensor([1, 2, 3], shape: [3])
    let b = a, c = a.reshaped([3, 1])
    #expect(a.identity == b.identity && a.identity == c.identity)
    a.set(1, 20)
    #expect(a.doubles() == [1, 20, 3])
    #expect(b.doubles() == [1, 2, 3] && c.doubles() == [1, 2, 3])
    #expect(a.identity != b.identity && c.shape == [3, 1])
    let identity = a.identity
    a.set(0, 7)
    #expect(a.identity == identity, "a tensor that nobody shares is written in place")
  }

  /// Pages of their own are zeros by themselves, what malloc hands out again is not.
  @Test(arguments: [1 << 12, 1 << 20, 40 << 20])
  func clearedMemoryIsZero(_ byteCount: Int) throws {
    for _ in 0..<3 {
      let storage = try Storage(byteCount: byteCount)
      storage.clear()
      let bytes = UnsafeRawBufferPointer(start: storage.start, count: byteCount)
      #expect(bytes.allSatisfy { $0 == 0 })
      storage.start.initializeMemory(as: UInt8.self, repeating: 0xA5, count: byteCount)
    }
  }

  @Test(arguments: [DType.f64, .f32])
  func whatIsNotANumberIsFoundInAnyPart(_ dtype: DType) {
    var values = [Double](repeating: .infinity, count: (1 << 20) + 5)
    #expect(Tensor(values, shape: [values.count], dtype: dtype).containsNaN() == false)
    values[values.count - 1] = .nan
    let tensor = Tensor(values, shape: [values.count], dtype: dtype)
    #expect(tensor.containsNaN() == true)
    // Broken off, nothing is known.
    var asked = 0
    let found = tensor.containsNaN {
      asked += 1
      return asked < 2
    }
    #expect(found == nil && asked == 2)
  }

  @Test func aCopyIsBrokenOff() {
    let tensor = Tensor([1, 2, 3], shape: [3])
    for flag: Int32 in [0, 1] {
      let copy = withUnsafePointer(to: flag) { Tensor(existing: tensor.unsafeStart, tensor.type, unless: $0) }
      #expect(copy?.doubles() == (flag == 0 ? [1, 2, 3] : nil))
    }
  }

  @Test func memoryIsAlignedCountedAndGivenBack() throws {
    // Other suites allocate at the same time: what is compared is far larger than what they use.
    let size = 64 << 20
    var isGivenBack = false
    // What others hold may grow by more than that meanwhile, but not each time.
    for _ in 0..<20 where !isGivenBack {
      let before = Memory.inUse
      do {
        let tensor = try Tensor.zeros(TensorType([size / 8], .f64))
        #expect(Int(bitPattern: tensor.unsafeStart) % 64 == 0)
        #expect(Memory.peak >= size / 2)
        #expect(tensor.double(at: size / 8 - 1) == 0)
      }
      isGivenBack = Memory.inUse < before + size / 2
    }
    #expect(isGivenBack)
  }

  @Test func whatPassesTheLimitIsRefusedWithTheNumbers() {
    Memory.limit = Memory.inUse + (256 << 20)
    defer { Memory.limit = .max }
    let type = TensorType([1 << 30], .f64)
    #expect { try Tensor.zeros(type) } throws: { error in
      guard let error = error as? MemoryError else { return false }
      return error.requested == 8 << 30 && error.limit == Memory.limit
    }
    #expect(throws: MemoryError.self) { try Memory.check(1 << 40) }
    #expect(throws: MemoryError.self) { try Memory.byteCount(of: TensorType([1 << 40, 1 << 40], .f64)) }
    #expect(throws: MemoryError.self) { try Tensor.zeros(TensorType([Int.max], .f32)) }
    #expect(throws: Never.self) { try Tensor.filled(2, TensorType([3], .i64)) }
  }

  @Test func fillingAndCopyingGiveEveryType() throws {
    for dtype in [DType.f64, .f32, .i64] {
      let filled = try Tensor.filled(3, TensorType([5], dtype))
      #expect(filled.doubles() == [3, 3, 3, 3, 3])
      #expect(try Tensor(copying: filled.unsafeStart, filled.type) == filled)
    }
    #expect(Tensor([1, .nan], shape: [2]).isFinite == false)
    #expect(Tensor([Double](repeating: 1, count: 100), shape: [100], dtype: .f32).isFinite)
    #expect("\(Tensor([1, 2], shape: [2]))" == "f64[2] 1.0 2.0")
  }

  @Test func blocksRunOnceEachOnAnyNumberOfThreads() {
    for threads in [1, 2, 3, 8] {
      for blocks in [0, 1, 7, 1000] {
        let counts = Counts(blocks)
        Workers.run(blocks, threads: threads) { counts.add($0) }
        #expect(counts.all == [Int](repeating: 1, count: blocks), "\(blocks) blocks on \(threads) threads")
      }
    }
    let counts = Counts(12)
    Workers.run(3, threads: 2) { outer in Workers.run(4, threads: 2) { counts.add(outer * 4 + $0) } }
    #expect(counts.all == [Int](repeating: 1, count: 12))
  }

  /// One counter for each block, written by whoever runs that block.
  private final class Counts: @unchecked Sendable {
    private let start: UnsafeMutableBufferPointer<Int>
    init(_ count: Int) {
      start = .allocate(capacity: count)
      start.initialize(repeating: 0)
    }
    deinit { start.deallocate() }
    func add(_ block: Int) { start[block] += 1 }
    var all: [Int] { Array(start) }
  }
}
