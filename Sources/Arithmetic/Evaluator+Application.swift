package import Diagnostics
import Engine
package import Experiments
package import Graph
import Messages
package import Tensors
package import Values

extension Evaluator {
  /// Applies a primitive: at once when all operands are concrete, as a graph node otherwise.
  package func apply(_ primitive: some Primitive, _ operands: [Value], at span: Span) throws(Diagnostic) -> Value {
    try tick(span)
    if operands.contains(where: \.isUnknownValue) {
      return try byKind(operands) { (known) throws(Diagnostic) in try apply(primitive, known, at: span) }
    }
    let isConcrete =
      !operands.contains(where: \.isNode) && !operands.contains { if case .sparse = $0 { true } else { false } }
    if isConcrete, !operands.isEmpty { return try eager(primitive, operands, at: span) }
    try requireBits(of: operands, at: span)
    var nodes: [NodeID] = []
    for operand in operands { nodes.append(try node(operand, at: span)) }
    setOrigin(span)
    do {
      let result = try graph.apply(primitive, nodes)
      return keepsTruth(primitive, of: operands) ? .condition(result) : .node(result)
    } catch { throw dressed(error, at: span) }
  }

  /// Ends a staging that computes something of numbers alone which have been rounded to be its inputs (Note [Members that
  /// share a staging]).
  private func requireBits(of operands: [Value], at span: Span) throws(Diagnostic) {
    guard !builder.roundedNumbers.isEmpty else { return }
    let isOfNumbers = operands.allSatisfy { operand in
      switch operand {
      case .integer, .real: true
      case .node(let node): builder.roundedNumbers.contains(node)
      default: false
      }
    }
    guard isOfNumbers else { return }
    axisReads?.needsNumbers = true
    throw .silent(at: span)
  }

  /// What a primitive finds wrong with shapes, as a finding at a place.
  package func dressed(_ error: ShapeError, at span: Span) -> Diagnostic {
    switch error {
    case .mismatch(let operation, let left, let right):
      .shapeMismatch(operation == Select.name ? "where" : operation, left, right, at: span, labels: [])
    case .unsuitable(let operation, let shape, let expected):
      .unsuitableShape(operation, shape, expected: expected, at: span)
    case .dtype(let operation, let dtype):
      .unsuitableOperand(operation, dtype == .i64 ? "whole numbers" : "real numbers", at: span)
    case .tooLarge(let operation, let shape):
      .tooLarge(
        "the result of `\(operation)`", needs: "shape \(shape)", limit: ByteCount.text(session.limits.memoryBytes),
        at: span)
    case .axis(let operation, let axis, let rank):
      .lacks("a tensor of rank \(rank)", "axis \(axis) for `\(operation)`", at: span)
    }
  }

  // MARK: Eager application

  private func eager(_ primitive: some Primitive, _ operands: [Value], at span: Span) throws(Diagnostic) -> Value {
    var tensors: [Tensor] = []
    for operand in operands { tensors.append(try tensor(operand, at: span)) }
    let types = tensors.map(\.type)
    let type: TensorType
    do { type = try primitive.type(of: types) } catch { throw dressed(error, at: span) }
    try requireMemory(type, at: span)
    if mode == .check, isCostly(types, type) {
      return keepsTruth(primitive, of: operands) ? entered(.unknown(Kind(type).asTruth)) : unknownTensor(type)
    }
    if primitive is BroadcastTo, types[0].count == 1, type.dtype.isReal {
      do {
        let full = try Tensor.filled(tensors[0].double(at: 0), type)
        return value(of: keepsTruth(primitive, of: operands) ? full.holdingTruth() : full)
      } catch { throw .memory(error, at: span) }
    }
    let program = try eagerProgram(primitive, types, at: span)
    for (index, tensor) in tensors.enumerated() { program.executable.bindInput(index, tensor) }
    do { try program.executable.run() } catch { throw .refusal(of: error, at: span) }
    let taken =
      program.isKept
      ? program.executable.outputUnlessInterrupted(0) : program.executable.takeOutputUnlessInterrupted()
    guard !session.isInterrupted, var result = taken else {
      throw session.interruption(at: span)
    }
    if keepsTruth(primitive, of: operands) { result = result.holdingTruth() }
    return value(of: result)
  }

  /// A plan with more memory than this is made anew for each use rather than kept: planning costs less than
  /// its work, and data of that size would stay in memory several times.
  private static let keptBytesMax = 1 << 18

  private func eagerProgram(_ primitive: some Primitive, _ types: [TensorType], at span: Span) throws(Diagnostic)
    -> EagerProgram
  {
    let key = EagerKey(primitive: AnyHashable(primitive), types: types)
    if let known = eagerCache[key] { return known }
    var graph = Graph()
    do {
      var inputs: [NodeID] = []
      for (index, type) in types.enumerated() { inputs.append(try graph.apply(Input(index: index, type: type), [])) }
      let output = try graph.apply(primitive, inputs)
      let executable = try compiled(Program(graph: graph, inputs: inputs, outputs: [output], carried: []), at: span)
      executable.innerInterrupt = session.interruptFlag
      let program = EagerProgram(executable, isKept: executable.byteCount <= Self.keptBytesMax)
      if program.isKept { eagerCache[key] = program }
      return program
    } catch let error as ShapeError {
      throw dressed(error, at: span)
    } catch let error as Diagnostic {
      throw error
    } catch {
      throw .refused(error, at: span)
    }
  }

  /// Plans a program, with the engine's refusals as findings at `span`.
  func compiled(_ program: Program, at span: Span) throws(Diagnostic) -> Executable {
    do {
      let executable = try Executable(program, options: session.engineOptions)
      executable.interrupt = session.interruptFlag
      return executable
    } catch { throw .engine(error, at: span) }
  }

  /// While checking, large work is not done: only its shape is kept.
  private func isCostly(_ operands: [TensorType], _ result: TensorType) -> Bool {
    let elements = operands.map(\.count).reduce(result.count, +)
    return checking.isCostly(elements)
  }

  /// A tensor of which only the type is known; checking goes on with it.
  package func unknownTensor(_ type: TensorType) -> Value { entered(.unknown(Kind(type))) }

  /// Refuses a tensor that is larger than the limits allow, before it is made.
  package func requireMemory(_ type: TensorType, at span: Span) throws(Diagnostic) {
    var count = 1
    for size in type.shape.sizes {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow {
        throw .tooLarge(
          "a tensor of shape \(type.shape)", needs: "more than 2^63 elements", limit: "2^31 elements", at: span)
      }
      count = product
    }
    if mode == .check { checking.countRoom(count) }
    let bytes = count.multipliedReportingOverflow(by: type.dtype.byteCount)
    let most = session.limits.tensorElements.multipliedReportingOverflow(by: type.dtype.byteCount)
    let limit = min(session.limits.memoryBytes, most.overflow ? Int.max : most.partialValue)
    if bytes.overflow || bytes.partialValue > limit {
      throw .tooLarge(
        "a tensor of shape \(type.shape)", needs: ByteCount.text(bytes.overflow ? Int.max : bytes.partialValue),
        limit: ByteCount.text(limit), at: span)
    }
    do { try Memory.check(bytes.partialValue) } catch { throw .memory(error, at: span) }
  }

  // MARK: Between values, tensors and nodes

  /// A rank-0 tensor is a number, or a truth.
  package func value(of tensor: Tensor) -> Value {
    guard tensor.shape.rank == 0 else { return .tensor(tensor) }
    if tensor.holdsTruth { return .boolean(tensor.double(at: 0) != 0) }
    return tensor.dtype == .i64 ? .integer(tensor.integer(at: 0)) : .real(tensor.double(at: 0))
  }

  /// The tensor of a concrete numeric value.
  package func tensor(_ value: Value, at span: Span) throws(Diagnostic) -> Tensor {
    switch value {
    case .integer(let n): return Tensor(integers: [n], shape: [])
    case .real(let x): return Tensor([x], shape: [])
    case .boolean(let flag): return Tensor([flag ? 1 : 0], shape: []).holdingTruth()
    case .estimate(let estimate): return Tensor([estimate.value], shape: [])
    case .tensor(let tensor): return tensor
    case .range(let range):
      return try counted(range, .i64, at: span) { Int64($0) }
    case .series(let series): return series.tensor
    case .node, .condition: throw .unknownCondition(at: span)
    case .unknown: throw .silent(at: span)
    case .list where value.holdsUnknown: throw .silent(at: span)
    default: throw .expected("numbers", found: value.kind, at: span)
    }
  }

  /// The numbers of a range in an element type; a long one can be interrupted.
  func counted<Element>(_ range: Range<Int>, _ dtype: DType, at span: Span, _ element: (Int) -> Element)
    throws(Diagnostic) -> Tensor
  {
    let type = TensorType([range.count], dtype), partMax = 1 << 20
    try requireMemory(type, at: span)
    let tensor: Tensor
    do {
      tensor = try Tensor(type) { start in
        let numbers = start.assumingMemoryBound(to: Element.self)
        var first = 0
        while first < range.count, !session.isInterrupted {
          let end = min(first + partMax, range.count)
          for index in first..<end { numbers[index] = element(range.lowerBound &+ index) }
          first = end
        }
      }
    } catch { throw .memory(error, at: span) }
    if session.isInterrupted { throw session.interruption(at: span) }
    return tensor
  }

  /// The graph node of a numeric value; real constants take the type of the graph.
  package func node(_ value: Value, at span: Span) throws(Diagnostic) -> NodeID {
    switch value {
    case .node(let id), .condition(let id): return id
    case .unknown:
      let inside = entered(value)
      guard inside.isNode else { throw .silent(at: span) }
      return try node(inside, at: span)
    case .sparse(let a): return try node(densified(a, at: span), at: span)
    case .integer(let n):
      // A scalar constant holds a real number.
      guard n.magnitude <= 1 << 53 else { return constantNode(Tensor(integers: [n], shape: [])) }
      return graph.add(ScalarConstant(value: Double(n), dtype: .i64))
    case .real(let x): return graph.add(ScalarConstant(value: x, dtype: realType))
    case .boolean(let flag): return graph.add(ScalarConstant(value: flag ? 1 : 0, dtype: realType))
    default: return constantNode(try tensor(value, at: span))
    }
  }

  /// An estimate as a value: a plain number where it is exact.
  package func value(of estimate: Estimate) -> Value { Value(estimate) }

  /// The shape of a numeric value; nil when it is unknown.
  package func shape(of value: Value) -> Shape? {
    switch value {
    case .integer, .real, .boolean, .estimate: .scalar
    case .tensor(let tensor): tensor.shape
    case .node(let id), .condition(let id): graph.shape(id)
    case .range(let range): [range.count]
    case .sparse(let a): shape(of: a.values).map { Shape($0.sizes.dropLast() + [a.size]) }
    case .series(let series): [series.values.count]
    case .unknown(let kind): kind.type?.shape
    default: nil
    }
  }

  /// A whole number, where one is needed.
  package func whole(_ value: Value, what: String, at span: Span) throws(Diagnostic) -> Int {
    switch value {
    case .integer(let n): return n
    case .real(let x): throw .notWhole(x, what: what, at: span)
    case .estimate(let estimate):
      guard let n = Int(exactly: estimate.value) else { throw .notWhole(estimate.value, what: what, at: span) }
      return n
    case .unknown: throw .silent(at: span)
    case .node, .condition: throw .unknownCondition(at: span)
    default: throw .expected("a whole number", found: value.kind, at: span)
    }
  }

  /// A single number, where one is needed.
  package func number(_ value: Value, what: String, at span: Span) throws(Diagnostic) -> Double {
    if let x = scalar(value) { return x }
    switch value {
    case .unknown: throw .silent(at: span)
    case .node, .condition: throw .unknownCondition(at: span)
    default: throw .expected("\(what) as a single number", found: value.kind, at: span)
    }
  }

  /// Values as one tensor when they are numbers of one shape, as a list otherwise.
  package func collected(_ values: [Value], at span: Span) throws(Diagnostic) -> Value {
    if values.contains(where: \.isUnknownValue) {
      let inside = values.map(entered)
      return inside.contains(where: \.isUnknownValue) ? collectedKind(values) : try collected(inside, at: span)
    }
    guard let first = values.first, values.allSatisfy({ $0.isNumeric || $0.isBoolean }), let shape = shape(of: first)
    else {
      return values.isEmpty ? .tensor(Tensor([], shape: [0])) : .list(values)
    }
    guard values.allSatisfy({ self.shape(of: $0) == shape }) else { return .list(values) }
    // Estimates keep their errors.
    if values.contains(where: { if case .estimate = $0 { true } else { false } }) { return .list(values) }
    let isWhole = values.allSatisfy { self.isWhole($0) }
    if values.contains(where: \.isSymbolic) { return try stacked(values, isWhole: isWhole, at: span) }
    let result = Shape([values.count] + shape.sizes)
    try requireMemory(TensorType(result, .f64), at: span)
    if isWhole {
      var all: [Int] = []
      for value in values { all.append(contentsOf: try tensor(value, at: span).integers()) }
      return .tensor(Tensor(integers: all, shape: result))
    }
    var all: [Double] = []
    for value in values { all.append(contentsOf: try tensor(asReal(value, at: span), at: span).doubles()) }
    let tensor = Tensor(all, shape: result)
    return .tensor(values.allSatisfy { holdsTruth($0) } ? tensor.holdingTruth() : tensor)
  }

  /// Symbolic values on a new leading axis.
  func stacked(_ values: [Value], isWhole: Bool, at span: Span) throws(Diagnostic) -> Value {
    var parts: [NodeID] = []
    for value in values {
      let id = try node(isWhole ? value : asReal(value, at: span), at: span)
      parts.append(graph.add(Reshape(shape: Shape([1] + graph.shape(id).sizes)), id))
    }
    let result: NodeID
    do { result = try parts.count == 1 ? parts[0] : graph.apply(Concatenate(axis: 0), parts) } catch {
      throw dressed(error, at: span)
    }
    return values.allSatisfy { holdsTruth($0) } ? .condition(result) : .node(result)
  }
}
