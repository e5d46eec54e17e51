import Glibc
package import Tensors

// Executables that read and replace each other's values, without copies of their own.

extension Executable {
  /// Lets an input read the memory of another executable's input, whatever that holds from then on.
  ///
  /// Single numbers, which lie elsewhere, have to be copied before each run: then the result is false.
  package func lendInput(_ index: Int, from other: Executable, _ source: Int) -> Bool {
    let type = inputTypes[index]
    precondition(type == other.inputTypes[source], "\(other.inputTypes[source]) for an input of \(type)")
    guard type.count > 1, !plan.carriedInputs.contains(index) else { return false }
    plan.machine.pointee.bind(input: index, to: other.inputPointer(source))
    return true
  }

  /// Copies the value of another executable's input.
  package func copyInput(_ index: Int, from other: Executable, _ source: Int) {
    unbind(index)
    memcpy(inputPointer(index), other.inputValue(source), inputTypes[index].byteCount)
  }

  /// Takes the value of another executable's input for the next run; a large one is read where it is.
  package func readInput(_ index: Int, from other: Executable, _ source: Int) {
    let type = inputTypes[index]
    guard plan.lentInputs.contains(index), type == other.inputTypes[source] else {
      return copyInput(index, from: other, source)
    }
    bound[index] = nil
    readingOthers.insert(index)
    plan.machine.pointee.bind(input: index, to: UnsafeMutableRawPointer(mutating: other.inputValue(source)))
  }

  /// Copies the value of another executable's output in.
  package func setInput(_ index: Int, toOutput output: Int, of other: Executable) {
    memcpy(inputPointer(index), other.outputPointer(output), inputTypes[index].byteCount)
  }

  /// What an input reads: the tensor it is bound to, or a copy of its own value.
  package func value(ofInput index: Int) -> Tensor { bound[index] ?? input(index) }
}
