import CEmit
import CKernels

// Tile programs: on a few elements each is a value of its own, on more the program is a loop over memory.

/// Operands of a tile program by their numbers.
struct TileTrace {
  var program: ck_tile_program
  var type: em_type
  /// What an operand is known to be; one value, or one for each element.
  var known: [Int: [TraceValue]] = [:]
  /// Where the row at hand of an operand lies, if rows are followed one by one.
  var starts: [Int: TraceValue] = [:]

  var fulls: Int { Int(program.fulls) }
  var firstScalar: Int { fulls + Int(program.patterns) }
  var firstRegister: Int { firstScalar + Int(program.scalars) }

  /// How each broadcast operand is read.
  var patterns: [(slot: Int32, sizes: [Int], strides: [Int])] {
    (0..<Int(program.patterns)).map {
      let pattern = program.pattern[$0]
      return (pattern.slot, pattern.list(pattern.sizes), pattern.list(pattern.strides))
    }
  }

  /// Elements of a row, where all broadcast operands are rows, or columns, of one matrix.
  var columns: Int? {
    guard let first = patterns.first, first.sizes.count == 2, first.sizes[0] * first.sizes[1] == program.count,
      patterns.allSatisfy({ $0.sizes == first.sizes && ($0.strides[1] == 0 || $0.strides[1] == 1) })
    else { return nil }
    return first.sizes[1]
  }

  enum Kind { case full, pattern, scalar, register }

  func kind(_ operand: Int) -> Kind {
    if operand < fulls { return .full }
    if operand < firstScalar { return .pattern }
    return operand < firstRegister ? .scalar : .register
  }

  func slot(_ operand: Int) -> Int32 {
    switch kind(operand) {
    case .full: program.slot[operand]
    case .pattern: program.pattern[operand - fulls].slot
    default: program.slot[operand - Int(program.patterns)]
    }
  }
}

extension StepTracer {
  /// Up to so many elements each is a value of its own.
  static let fewElements = 8
  /// Up to so many elements a loop over them is written out.
  static let loopElements = 1 << 16

  mutating func traceTiles(_ instruction: Instruction) -> Bool {
    guard let parameters = instruction.parameters else { return false }
    let program = parameters.assumingMemoryBound(to: ck_tile_program.self).pointee
    let tile = TileTrace(program: program, type: instruction.isSingle ? EM_F32 : EM_F64)
    if program.count <= Self.fewElements { return traceFew(tile) }
    guard program.count <= Self.loopElements else { return false }
    return program.patterns == 0 ? traceLoop(tile) : traceRows(tile)
  }

  // MARK: A few elements

  private mutating func traceFew(_ tile: TileTrace) -> Bool {
    var tile = tile
    let operations = (0..<Int(tile.program.ops)).map { tile.program.op[$0] }
    for op in operations {
      switch ck_tile_code(UInt32(op.code)) {
      case CK_TILE_SUM, CK_TILE_DOT, CK_TILE_SCALED_NORM: reduceFew(op, &tile)
      case CK_TILE_MUL_VS_NORM:
        let values = combineFew(op, &tile)
        put(values, Int(op.d), &tile)
        write(tile.program.result[Int(op.e)], 0, sumOfProducts(values, values))
      case CK_TILE_DRAW: put(drawFew(op, tile), Int(op.d), &tile)
      default: put(combineFew(op, &tile), Int(op.d), &tile)
      }
    }
    return true
  }

  private mutating func put(_ values: [TraceValue], _ operand: Int, _ tile: inout TileTrace) {
    tile.known[operand] = values
    guard tile.kind(operand) == .full else { return }
    for (element, value) in values.enumerated() { write(tile.slot(operand), element * byteCount(tile.type), value) }
  }

  private mutating func elements(_ operand: UInt16, _ tile: inout TileTrace) -> [TraceValue] {
    let operand = Int(operand), bytes = byteCount(tile.type)
    if let known = tile.known[operand] { return known }
    let slot = tile.kind(operand) == .register ? -1 : tile.slot(operand)
    let values: [TraceValue]
    switch tile.kind(operand) {
    case .full: values = (0..<tile.program.count).map { read(slot, $0 * bytes, tile.type) }
    case .pattern:
      values = tile.program.pattern[operand - tile.fulls].places(tile.program.count).map {
        read(slot, $0 * bytes, tile.type)
      }
    default: values = Array(repeating: read(slot, 0, tile.type), count: tile.program.count)
    }
    tile.known[operand] = values
    return values
  }

  private mutating func combineFew(_ op: ck_tile_op, _ tile: inout TileTrace) -> [TraceValue] {
    let form = TileForm(op)
    let operands = form.operands(op).map { elements($0, &tile) }
    return (0..<tile.program.count).map { element in
      value(form, op, operands.map { $0[element] }) ?? unknown(tile.type)
    }
  }

  private mutating func reduceFew(_ op: ck_tile_op, _ tile: inout TileTrace) {
    let target = tile.program.result[Int(op.d)], a = elements(op.a, &tile)
    switch ck_tile_code(UInt32(op.code)) {
    case CK_TILE_SUM: write(target, 0, sum(a))
    case CK_TILE_DOT: write(target, 0, sumOfProducts(a, elements(op.b, &tile)))
    default:
      let scaled = zip(a, elements(op.b, &tile)).map { emit(EM_MUL, tile.type, a: $0, b: $1) }
      write(target, 0, sumOfProducts(scaled, scaled))
    }
  }

  private mutating func drawFew(_ op: ck_tile_op, _ tile: TileTrace) -> [TraceValue] {
    let slot = tile.program.key[Int(op.a)], count = tile.program.count
    if count == 1 { return [draw(slot, Int(op.sub), tile.type)] }
    let out = emit(EM_POINTER, EM_I64, a: -2)
    call(
      tile.type == EM_F64 ? EM_DRAWS_F64 : EM_DRAWS_F32, EM_NOTHING,
      [argument(out), argument(number: count)] + key(of: slot) + [argument(number: Int(op.sub))])
    return (0..<count).map { emit(EM_LOAD, tile.type, a: out, i: $0 * byteCount(tile.type)) }
  }

  // MARK: A loop over elements

  private mutating func traceLoop(_ tile: TileTrace) -> Bool {
    let operations = (0..<Int(tile.program.ops)).map { tile.program.op[$0] }
    guard operations.allSatisfy({ TileForm($0).isForLoops }) else { return false }
    let blocks = (tile.program.count + Int(CK_BLOCK) - 1) / Int(CK_BLOCK)
    if blocks > 1, tile.program.results > 0 { return tracedInBlocks(tile, operations, blocks) }
    var tile = tile
    prepareLoop(&tile, operations)
    emit(EM_EACH, tile.type, i: tile.program.count)
    let totals = loopBody(&tile, operations, from: 0)
    emit(EM_END, EM_NOTHING)
    finishLoop(tile, operations)
    for (result, total) in totals { write(tile.program.result[result], 0, total) }
    return true
  }

  /// Rows of a matrix one after the other, of which patterns repeat one row, or one element of each.
  private mutating func traceRows(_ tile: TileTrace) -> Bool {
    let operations = (0..<Int(tile.program.ops)).map { tile.program.op[$0] }
    guard tile.program.results == 0, operations.allSatisfy({ TileForm($0).isForLoops }),
      let columns = tile.columns, columns > 1
    else { return false }
    var tile = tile
    prepareLoop(&tile, operations)
    let scalars = tile.known
    let row = emit(EM_LOOP, EM_I64, i: tile.program.count / columns)
    let bytes = columns * byteCount(tile.type)
    for operand in 0..<tile.fulls {
      tile.starts[operand] = emit(EM_ADDRESS, EM_I64, a: pointer(tile.slot(operand)), b: row, i: bytes)
    }
    for (number, pattern) in tile.patterns.enumerated() {
      let operand = tile.fulls + number, step = pattern.strides[0] * byteCount(tile.type)
      let start = emit(EM_ADDRESS, EM_I64, a: pointer(pattern.slot), b: row, i: step)
      tile.starts[operand] = start
      if pattern.strides[1] == 0 { tile.known[operand] = [emit(EM_LOAD, tile.type, a: start)] }
    }
    tile.known.merge(scalars) { own, _ in own }
    emit(EM_EACH, tile.type, i: columns)
    _ = loopBody(&tile, operations, from: 0)
    emit(EM_END, EM_NOTHING)
    emit(EM_REPEAT, EM_NOTHING)
    finishLoop(tile, operations)
    return true
  }

  /// Sums of more than a block: the blocks' are added first to last.
  private mutating func tracedInBlocks(_ tile: TileTrace, _ operations: [ck_tile_op], _ blocks: Int) -> Bool {
    if blocks > 4 { return false }
    var tile = tile
    prepareLoop(&tile, operations)
    let scalars = tile.known
    var totals: [Int: TraceValue] = [:]
    for block in 0..<blocks {
      let first = block * Int(CK_BLOCK)
      tile.known = scalars
      emit(EM_EACH, tile.type, i: min(Int(CK_BLOCK), tile.program.count - first))
      let own = loopBody(&tile, operations, from: first)
      emit(EM_END, EM_NOTHING)
      for (result, total) in own {
        totals[result] = totals[result].map { emit(EM_ADD, tile.type, a: $0, b: total) } ?? total
      }
    }
    finishLoop(tile, operations)
    for result in totals.keys.sorted() { write(tile.program.result[result], 0, totals[result] ?? 0) }
    return true
  }

  /// Memory that the loop reads is stored, and numbers are at hand.
  private mutating func prepareLoop(_ tile: inout TileTrace, _ operations: [ck_tile_op]) {
    for operand in tile.firstScalar..<tile.firstRegister {
      tile.known[operand] = [read(tile.slot(operand), 0, tile.type)]
    }
    for operand in 0..<tile.firstScalar {
      prepare(reading: tile.slot(operand))
      _ = pointer(tile.slot(operand))
    }
  }

  private mutating func finishLoop(_ tile: TileTrace, _ operations: [ck_tile_op]) {
    for op in operations where TileForm(op).hasResult && tile.kind(Int(op.d)) == .full {
      prepare(writing: tile.slot(Int(op.d)))
    }
  }

  /// Operations on the own element, with sums by the numbers of their results.
  private mutating func loopBody(
    _ tile: inout TileTrace, _ operations: [ck_tile_op], from first: Int
  ) -> [(Int, TraceValue)] {
    var totals: [(Int, TraceValue)] = []
    for op in operations {
      let form = TileForm(op)
      let operands = form.operands(op).map { element($0, &tile, from: first) }
      if form.hasResult {
        let value = value(form, op, operands) ?? unknown(tile.type)
        tile.known[Int(op.d)] = [value]
        if tile.kind(Int(op.d)) == .full {
          emit(EM_PUT, tile.type, a: start(Int(op.d), tile), c: value, i: first * byteCount(tile.type))
        }
        if form.isNorm { totals.append((Int(op.e), emit(EM_DOT, tile.type, a: value, b: value))) }
      } else if form.isNorm {
        let scaled = emit(EM_MUL, tile.type, a: operands[0], b: operands[1])
        totals.append((Int(op.d), emit(EM_DOT, tile.type, a: scaled, b: scaled)))
      } else if form.code == CK_TILE_SUM {
        totals.append((Int(op.d), emit(EM_SUM, tile.type, a: operands[0])))
      } else if form.code == CK_TILE_DOT {
        totals.append((Int(op.d), emit(EM_DOT, tile.type, a: operands[0], b: operands[1])))
      } else {
        _ = unknown(tile.type)
      }
    }
    return totals
  }

  /// Where an operand begins: its row, where there are rows.
  private mutating func start(_ operand: Int, _ tile: TileTrace) -> TraceValue {
    tile.starts[operand] ?? pointer(tile.slot(operand))
  }

  private mutating func element(_ operand: UInt16, _ tile: inout TileTrace, from first: Int) -> TraceValue {
    if let known = tile.known[Int(operand)] { return known[0] }
    let value = emit(EM_ELEMENT, tile.type, a: start(Int(operand), tile), i: first * byteCount(tile.type))
    tile.known[Int(operand)] = [value]
    return value
  }
}

extension ck_tile_pattern {
  /// Where the elements of a broadcast operand lie.
  func places(_ count: Int) -> [Int] {
    let rank = Int(rank), sizes = list(self.sizes), strides = list(self.strides)
    return (0..<count).map { number in
      var rest = number, place = 0
      for axis in (0..<rank).reversed() {
        place += rest % sizes[axis] * strides[axis]
        rest /= sizes[axis]
      }
      return place
    }
  }

  /// The first entries of `sizes` or `strides`, one for each axis.
  func list<T>(_ entries: T) -> [Int] {
    withUnsafeBytes(of: entries) { Array($0.bindMemory(to: Int.self).prefix(Int(rank))) }
  }
}
