package import Tensors

/// What an element of an array is, or a single number.
package enum ElementKind: Hashable, Sendable { case whole, real, truth }

/// What a register holds.
package enum RegisterType: Hashable, Sendable {
  case number(ElementKind)
  /// A vector (rank 1) or a matrix (rank 2).
  case array(ElementKind, rank: Int)

  package static let whole = RegisterType.number(.whole)
  package static let real = RegisterType.number(.real)
  package static let truth = RegisterType.number(.truth)

  /// Whether it is an array.
  package var isArray: Bool { if case .array = self { true } else { false } }
}

/// A value that goes into a program or comes out of it.
package enum LoopValue: Sendable {
  case whole(Int)
  case real(Double)
  case truth(Bool)
  case array(Tensor)

  /// What a register holds that has this value; nil where none can.
  package var type: RegisterType? {
    switch self {
    case .whole: .whole
    case .real: .real
    case .truth: .truth
    case .array(let tensor):
      switch (tensor.shape.rank, tensor.dtype) {
      case (1...2, .i64): .array(.whole, rank: tensor.shape.rank)
      case (1...2, .f64): .array(tensor.holdsTruth ? .truth : .real, rank: tensor.shape.rank)
      default: nil
      }
    }
  }
}

/// What lies below a frame: a number that the text has, or one that is known when the program starts.
package enum LoopConstant: Hashable, Sendable {
  case whole(Int)
  /// By its bits, so that 0 and −0 differ.
  case real(UInt64)
  case truth(Bool)
  /// By its number among the inputs.
  case input(Int)
}

/// A function of a program: the program itself is the first.
package struct LoopFunction: Sendable {
  package var code: LoopAssembler
  /// Its constants: number k is register −1 − k.
  package var constants: [LoopConstant]
  /// What its first registers hold when it starts: the arguments of a call.
  package var arguments: [RegisterType]
  /// What it gives; nil of a program.
  package var result: RegisterType?

  package init(
    code: LoopAssembler, constants: [LoopConstant], arguments: [RegisterType], result: RegisterType? = nil
  ) {
    self.code = code
    self.constants = constants
    self.arguments = arguments
    self.result = result
  }
}

/// A loop, or whatever else of a script was compiled: typed instructions over registers.
package struct LoopProgram: Sendable {
  let words: [LoopWord]
  let starts: [Int]
  let constants: [[LoopConstant]]
  let arguments: [[RegisterType]]
  let results: [RegisterType?]
  /// What the inputs are.
  let inputs: [RegisterType]
  /// Registers that the largest frame uses.
  let extent: Int
  /// Whether functions call themselves, so that there is room for as many calls as there may be.
  package let isRecursive: Bool
  /// Numbers of the places in the text of instructions that can go wrong, by their positions.
  private let sites: [Int: Int]
  /// The program as machine code, once that pays.
  let code = LoopCode()

  /// A program of functions that know each other by their numbers; nil where it has grown too large.
  package init?(_ functions: [LoopFunction], inputs: [RegisterType], isRecursive: Bool) {
    var words: [LoopWord] = []
    var starts: [Int] = []
    var sites: [Int: Int] = [:]
    var extent = 0
    for function in functions {
      guard let part = function.code.finished() else { return nil }
      starts.append(words.count)
      for (place, site) in function.code.sites { sites[words.count + place] = site }
      words += part
      extent = max(extent, function.code.extent + function.constants.count)
    }
    (self.words, self.starts, self.sites, self.extent) = (words, starts, sites, extent)
    self.isRecursive = isRecursive
    self.inputs = inputs
    results = functions.map(\.result)
    constants = functions.map(\.constants)
    arguments = functions.map(\.arguments)
  }

  func site(at place: Int) -> Int { sites[place] ?? 0 }
}
