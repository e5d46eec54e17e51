import Graph

// What a plan is made of. An instruction names memory by slot numbers; a slot's address is decided after all
// instructions are known, so that storage can be shared and inputs replaced in place.

/// A place in memory that instructions read or write.
struct Slot {
  enum Storage: Hashable {
    /// Alive from its first write to its last use; shares an arena with others.
    case temporary
    /// One number among the cells of the scalar interpreter.
    case cell
    case input(Int)
    case constant(Int)
    /// A fixed part of another slot.
    case part(of: Int32, byteOffset: Int)
    /// A pointer into another slot that an instruction sets.
    case view(of: Int32)
  }
  var storage: Storage
  var byteCount: Int
  /// Whether it is one number, which lies in a cell.
  var isNumber = false
}

/// What an instruction does.
///
/// `isSingle` says f32, else f64; the fields m, n, k are sizes as each case says.
enum InstructionCode: UInt8 {
  /// A tile program (`parameters`: `ck_tile_program`).
  case tiles
  /// Scalar operations (`parameters`: `ck_scalar_op` up to the end mark; m: address of their origins, 0 where none reads
  /// by index).
  case scalars
  /// out ← n bytes of a.
  case copy
  /// Slot out points n bytes into a.
  case point
  /// Slot out points at row [b] of a, a table of m rows of n bytes.
  case row
  /// out ← n zero bytes.
  case zero
  /// out = op(a) op(b), m × n over k; flags 1: a stored transposed, 2: b.
  case gemm
  case gemmBatched
  /// A product for each of several members (`parameters`: `MemberInstruction`).
  case members
  /// out ← A x with A m × n; flags 1: Aᵀ x.
  case gemv
  /// out ← Σ a b over n.
  case dot
  /// out ← Σ (a b)² over the n elements of a, b one number.
  case scaledNorm
  /// out ← a ∘ b over n elements, op in `flags`.
  case binary
  /// The same on whole numbers; m, k: strides (0 or 1) of a and b.
  case binaryIntegers
  case unaryIntegers
  /// n elements; flags: 4 · old element type + new one.
  case convert
  /// Whole-array reduction; op in `flags`.
  case reduce
  /// m outer, n reduced, k inner; op in `flags`.
  case reduceAxis
  case reduceIntegers
  case logSumExp
  case softmax
  case argMax
  case argMin
  case cumulativeSum
  case cumulativeProduct
  /// Strided read or write of part of an array (`parameters`: `StridedLayout`).
  case stridedCopy
  case stridedStore
  /// out (n × m) ← transpose of a (m × n), elements of k bytes.
  case transpose
  /// out ← rows [b] of a: m rows in the table, n indices, k bytes a row.
  case gatherRows
  /// out ← for each index of b the place in its row at which it stands first: m rows, n indices a row; c: room.
  case firstPlaces
  /// out[b[i], ·] += a[i, ·]: m rows in out, n indices, k elements a row.
  case scatterAddRows
  /// out[r, j] ← a[r, b[r, j]]: m rows, n entries a row, k indices a row.
  case takeAlongLast
  /// out ← n indices b, each to be in 0 ..< m.
  case checkIndices
  case scatterAlongLast
  case argSort
  case topIndices
  /// A convolution, or the adjoint of its filters, of images a (`parameters`: `ck_convolution`; c: room): m places, n outputs,
  /// k elements of a filter.
  case convolve, convolveFilters
  case patches
  case foldPatches
  case draw
  case loop
  case whileLoop
  /// `parameters`: `LanczosState`; n: steps of the packed result.
  case lanczos
  /// A factorisation or solution in f64, `Factorization` in `flags`; b: a second operand, c: room.
  case factorize
  /// `Primitive.reference`, for what has no kernel.
  case reference
  /// Values go to other processes and come from them (n: which of the plan's exchanges).
  case exchange
}

extension InstructionCode {
  /// Whether it changes slots alone, so that plans may share it.
  var isStateless: Bool {
    switch self {
    case .tiles, .scalars, .copy, .point, .row, .zero, .gemm, .gemmBatched, .gemv, .dot, .scaledNorm: true
    case .binary, .binaryIntegers, .unaryIntegers, .convert, .reduce, .reduceAxis, .reduceIntegers: true
    case .logSumExp, .softmax, .argMax, .argMin, .cumulativeSum, .cumulativeProduct: true
    case .stridedCopy, .stridedStore, .transpose, .gatherRows, .scatterAddRows, .takeAlongLast: true
    case .checkIndices, .scatterAlongLast, .argSort, .topIndices, .patches, .foldPatches, .draw: true
    case .convolve, .convolveFilters: true
    default: false
    }
  }
}

/// One step of a plan.
struct Instruction {
  var code: InstructionCode
  var isSingle = false
  var flags: UInt16 = 0
  var out: Int32 = -1
  var a: Int32 = -1
  var b: Int32 = -1
  var c: Int32 = -1
  /// Where it comes from in a script.
  var origin: Origin = 0
  var m = 0
  var n = 0
  var k = 0
  /// Memory owned by the plan, as `code` says.
  var parameters: UnsafeMutableRawPointer?
}

/// How an instruction touches a slot.
struct Access {
  var slot: Int32
  var isWrite: Bool
  /// In a tile or scalar program the operation that touches it last (a read) or writes it.
  var position = 0
  /// Whether each element is read only together with the elements at the same place of the other operands.
  var isAligned = false
}

/// A strided view for copies: sizes and strides in elements.
struct StridedLayout {
  var rank: Int32
  var elementBytes: Int
  var offset: Int
  var sizes: UnsafeMutablePointer<Int>
  var strides: UnsafeMutablePointer<Int>
}
