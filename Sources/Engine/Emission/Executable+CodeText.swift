import CEmit
import Tensors

// What machine code takes of a program, for people who want to know.

extension Executable {
  /// What machine code makes of its steps: all of them, or what is left to the instruction loop, or why there is none.
  ///
  /// - Parameters:
  ///   - counted: elements of inputs that grow by 1 from step to step.
  ///   - batches: inputs that take a batch each step.
  package func codeText(counted: [(input: Int, element: Int)], batches: [Int]) -> String {
    let counters =
      counted.map { CounterForm.increment(input: $0.input, element: $0.element) }
      + batches.map { CounterForm.stream(input: $0, batch: inputTypes[$0].count) }
    do {
      let step = try compiled(counters)
      let left = step.performed.isEmpty ? "" : " but " + names(step.performed)
      return "machine code of \(step.byteCount) bytes for all\(left)"
    } catch {
      return "no machine code: " + reason(error)
    }
  }

  private func reason(_ refusal: CodeRefusal) -> String {
    switch refusal {
    case .processor: "this processor has no AVX2"
    case .work: "its kernels take nearly all of the time"
    case .batch: "it reads many batches"
    case .length: "it is long"
    case .operation: "an operation has no form in code"
    case .kernels(let places): "only kernels, " + names(places)
    case .fault: "it cannot be carried out"
    case .view: "an output is a part of another value"
    case .assembler: String(cString: em_message())
    }
  }

  /// Names of instructions with how many of them there are.
  private func names(_ places: [Int]) -> String {
    var counts: [String: Int] = [:]
    var order: [String] = []
    for place in places {
      let name = "\(plan.machine.pointee.code[place].code)"
      if counts.updateValue((counts[name] ?? 0) + 1, forKey: name) == nil { order.append(name) }
    }
    return order.map { counts[$0] == 1 ? $0 : "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", ")
  }
}
