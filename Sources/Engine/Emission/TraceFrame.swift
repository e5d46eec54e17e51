import CEmit
import CKernels

/// A plan that is followed, and where its memory lies.
struct TraceFrame {
  let plan: Plan
  /// Whether it is the body, or the condition, of a loop: its memory does not move, but for inputs that lie elsewhere.
  let isBody: Bool
  /// The key of the first byte of each slot; 0 for views.
  let bases: [Int]
  let constants: [Int: ck_cell]
  var pointers: [Int32: TraceValue] = [:]
  /// Where slots point that an instruction sets, and the memory behind.
  var views: [Int32: (pointer: TraceValue, range: Range<Int>)] = [:]
  var viewsInMemory: Set<Int32> = []

  /// A plan whose code is made.
  init(_ plan: Plan) { self.init(plan, isBody: false, inputs: [:]) }

  /// The body of a loop.
  ///
  /// - Parameter inputs: where those lie that have no memory of their own, by their numbers.
  init(body plan: Plan, inputs: [Int: Place]) { self.init(plan, isBody: true, inputs: inputs) }

  /// Memory of another plan: its key, and what points at it.
  struct Place {
    var key: Int
    var pointer: TraceValue
  }

  private init(_ plan: Plan, isBody: Bool, inputs: [Int: Place]) {
    self.plan = plan
    self.isBody = isBody
    var bases: [Int] = []
    for (index, slot) in plan.emitter.slots.enumerated() {
      switch slot.storage {
      case .part(let whole, let offset): bases.append(bases[Int(whole)] + offset)
      case .view: bases.append(0)
      case .input(let number) where inputs[number] != nil:
        guard let place = inputs[number] else { continue }
        bases.append(place.key)
        pointers[Int32(index)] = place.pointer
      case .input(let number) where !isBody && !slot.isNumber && !plan.carriedInputs.contains(number):
        bases.append(Self.movable(number))
      default: bases.append(Int(bitPattern: plan.machine.pointee.slots[index]))
      }
    }
    var constants: [Int: ck_cell] = [:]
    for (slot, value) in plan.emitter.cellValues { constants[bases[Int(slot)]] = value }
    self.bases = bases
    self.constants = constants
  }

  /// The key of an input whose memory may be another in the next call.
  private static func movable(_ number: Int) -> Int { 1 << 60 + number << 44 }

  /// A key for what a turn of a loop sees of an array, which is elsewhere in each turn.
  static func row(_ pointer: TraceValue) -> Int { 1 << 62 + Int(pointer) << 32 }
}
