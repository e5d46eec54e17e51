import CKernels
import Glibc
import Tensors

// The iteration of `Graph.Lanczos` on the memory of a plan.

/// Numbers of an iteration, all in f64.
struct LanczosRoom {
  /// T: αⱼ and βⱼ.
  var alpha: UnsafeMutablePointer<Double>
  var beta: UnsafeMutablePointer<Double>
  /// Working copies of both, and two rows of the eigenvectors of T.
  var values: UnsafeMutablePointer<Double>
  var side: UnsafeMutablePointer<Double>
  var rows: UnsafeMutablePointer<Double>
  /// Products of the basis with a vector, twice.
  var products: UnsafeMutablePointer<Double>
  /// Eigenvalue numbers by descending value.
  var order: UnsafeMutablePointer<Int64>

  init(_ start: UnsafeMutablePointer<Double>, steps: Int) {
    alpha = start
    beta = start + steps
    values = start + 2 * steps
    side = start + 3 * steps
    products = start + 4 * steps
    order = UnsafeMutableRawPointer(start + 6 * steps).assumingMemoryBound(to: Int64.self)
    rows = start + 7 * steps
  }

  /// Numbers in all: the last part holds whole eigenvectors of T at the end.
  static func count(steps: Int) -> Int { 7 * steps + max(2, steps) * steps }
}

extension Machine {
  mutating func runLanczos(_ i: Instruction) {
    let state = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: LanczosState.self)
    let bodyCount = state.pointee.bodyCount, metric = state.pointee.metric
    for input in 1..<max(1, state.pointee.sourceCount) {
      let source = raw(state.pointee.sources[input]), bytes = state.pointee.inputBytes[input]
      if input < bodyCount {
        feed(state.pointee.body, input, source, bytes)
      } else if let metric {
        feed(metric, input - bodyCount + 1, source, bytes)
      }
    }
    metric?.pointee.interrupt = interrupt
    let room = LanczosRoom(f64(state.pointee.room), steps: state.pointee.steps)
    state.pointee.body.pointee.interrupt = interrupt
    let iteration = LanczosIteration(
      state: state, room: room, basis: raw(state.pointee.basis), machine: self)
    let done = iteration.iterate(from: raw(state.pointee.sources[0]))
    iteration.write(done, to: raw(i.out), steps: i.n)
    takeFault(of: state.pointee.body)
    if let metric { takeFault(of: metric) }
  }
}

/// One Lanczos iteration with full re-orthogonalisation.
private struct LanczosIteration {
  let state: UnsafeMutablePointer<LanczosState>
  let room: LanczosRoom
  let basis: UnsafeMutableRawPointer
  let machine: Machine

  private var size: Int { state.pointee.size }
  private var isPaired: Bool { state.pointee.metric != nil }
  /// Elements of a row: a vector, or a vector and its product with the metric.
  private var width: Int { isPaired ? 2 * size : size }
  /// Of a vector.
  private var bytes: Int { size * (state.pointee.isSingle ? 4 : 8) }
  private func row(_ index: Int) -> UnsafeMutableRawPointer { basis + index * (isPaired ? 2 : 1) * bytes }

  private var ulpOfOne: Double { state.pointee.isSingle ? Double(Float.ulpOfOne) : Double.ulpOfOne }

  /// What is left of a vector below this share of the operator's size is taken for rounding.
  private var negligible: Double { 64 * ulpOfOne }

  // MARK: The iteration

  /// Fills basis and T; returns the number of products.
  func iterate(from start: UnsafeMutableRawPointer) -> Int {
    memcpy(row(0), start, bytes)
    if isPaired {
      guard let first = beginPaired() else { return 0 }
      room.alpha[0] = first
      if first.isNaN { return 1 }
    } else if !(normalise(0) > 0) {
      startAnew(at: 0)
    }
    var scale = 0.0, isInvariant = false
    for step in 0..<state.pointee.steps {
      multiply(step)
      // What is broken off means nothing, and the caller knows.
      if machine.isInterrupted { return step + 1 }
      let (alpha, length) =
        isPaired ? orthogonalisePaired(step + 1, against: step) : orthogonalise(step + 1, against: step)
      room.alpha[step] = alpha
      // A negative length stands for one that rounding has made: nothing is left, but the bound knows of it.
      room.beta[step] = length.magnitude
      scale = max(scale, alpha.magnitude + room.beta[step])
      guard (alpha + length).isFinite, scale.isFinite else {
        room.alpha[step] = .nan
        return step + 1
      }
      if isPaired, length < 0 { return step + 1 }
      if room.beta[step] <= negligible * scale {
        room.beta[step] = 0
        isInvariant = true
        if state.pointee.pairs <= 1 || step + 1 == state.pointee.steps || isPaired { return step + 1 }
        startAnew(at: step + 1)
        continue
      }
      divide(step + 1, by: room.beta[step])
      // Beside an invariant subspace there may be larger eigenvalues, which no bound speaks of.
      if !isInvariant, step + 1 < state.pointee.steps, isConverged(step + 1, scale) { return step + 1 }
    }
    return state.pointee.steps
  }

  /// Row step + 1 ← A times row step.
  private func multiply(_ step: Int) {
    let body = state.pointee.body
    machine.feed(body, 0, isPaired ? row(step) + bytes : row(step), bytes)
    body.pointee.run()
    memcpy(row(step + 1), body.pointee.raw(body.pointee.outputs[0]), bytes)
  }

  /// Takes rows 0 … last out of a row, twice; returns its product with row `last`, and what is left of its length.
  @discardableResult
  private func orthogonalise(_ index: Int, against last: Int) -> (product: Double, length: Double) {
    let count = last + 1
    let square =
      state.pointee.isSingle
      ? ck_take_out_f32(
        count, size, basis.assumingMemoryBound(to: Float.self), row(index).assumingMemoryBound(to: Float.self),
        room.products)
      : ck_take_out_f64(
        count, size, basis.assumingMemoryBound(to: Double.self), row(index).assumingMemoryBound(to: Double.self),
        room.products)
    return (room.products[last] + room.products[count + last], square.squareRoot())
  }

  private func length(_ index: Int) -> Double {
    let w = row(index)
    if state.pointee.isSingle {
      let x = w.assumingMemoryBound(to: Float.self)
      return Double(ck_dot_f32(x, x, size)).squareRoot()
    }
    let x = w.assumingMemoryBound(to: Double.self)
    return ck_dot_f64(x, x, size).squareRoot()
  }

  private func divide(_ index: Int, by length: Double) {
    let w = row(index)
    if state.pointee.isSingle {
      let x = w.assumingMemoryBound(to: Float.self), factor = Float(1 / length)
      for element in 0..<width { x[element] *= factor }
    } else {
      let x = w.assumingMemoryBound(to: Double.self), factor = 1 / length
      for element in 0..<width { x[element] *= factor }
    }
  }

  @discardableResult
  private func normalise(_ index: Int) -> Double {
    let length = length(index)
    if length > 0, length.isFinite { divide(index, by: length) }
    return length
  }

  /// A direction outside of what is known, the same at every call.
  private func startAnew(at index: Int) {
    let stream = RandomStream.purpose("lanczos")
    if state.pointee.isSingle {
      ck_normal_f32(row(index).assumingMemoryBound(to: Float.self), size, stream, UInt64(index), 0, 0)
    } else {
      ck_normal_f64(row(index).assumingMemoryBound(to: Double.self), size, stream, UInt64(index), 0, 0)
    }
    normalise(index)
    if index > 0 { orthogonalise(index, against: index - 1) }
    normalise(index)
  }

  // MARK: Pairs

  /// Completes a pair (u, J u); returns u · J u, and what rounding may make of it.
  private func complete(_ index: Int) -> (square: Double, noise: Double) {
    guard let metric = state.pointee.metric else { return (0, 0) }
    machine.feed(metric, 0, row(index), bytes)
    metric.pointee.run()
    memcpy(row(index) + bytes, metric.pointee.raw(metric.pointee.outputs[0]), bytes)
    let square = product(0, 0, in: index), image = product(size, size, in: index)
    // The largest |J u| / |u| so far stands for |J|; the second half of the products is not in use.
    let known = room.products + state.pointee.steps
    if index == 0 { known[0] = 0 }
    if square > 0 { known[0] = max(known[0], (image / square).squareRoot()) }
    return (product(0, size, in: index), 8 * ulpOfOne * known[0] * square)
  }

  /// Divides the start by its length; nil where that is 0, and NaN where it is none.
  private func beginPaired() -> Double? {
    let (square, noise) = complete(0)
    if !square.isFinite || square < -8 * noise { return .nan }
    guard square > noise else { return nil }
    divide(0, by: square.squareRoot())
    return 0
  }

  /// Takes the pairs 0 … last out of a vector, twice, and completes it; returns its product with pair `last`, and what is
  /// left of its length: negative where that is within what rounding leaves, NaN where its square is negative.
  private func orthogonalisePaired(_ index: Int, against last: Int) -> (product: Double, length: Double) {
    var alpha = 0.0
    for _ in 0..<2 {
      takeOut(last + 1, from: index)
      alpha += component(last)
    }
    let (square, noise) = complete(index)
    if !square.isFinite || square < -8 * noise { return (.nan, .nan) }
    return (alpha, square > noise ? square.squareRoot() : -square.magnitude.squareRoot())
  }

  /// w ← w − Uᵀ(V w) for a row's vector, with U and V the parts of the rows before.
  private func takeOut(_ count: Int, from index: Int) {
    if state.pointee.isSingle {
      let q = basis.assumingMemoryBound(to: Float.self), w = row(index).assumingMemoryBound(to: Float.self)
      let c = UnsafeMutableRawPointer(room.products).assumingMemoryBound(to: Float.self)
      ck_gemv_f32(0, count, size, 1, q + size, width, w, 0, c)
      ck_gemv_f32(1, count, size, -1, q, width, c, 1, w)
    } else {
      let q = basis.assumingMemoryBound(to: Double.self), w = row(index).assumingMemoryBound(to: Double.self)
      ck_gemv_f64(0, count, size, 1, q + size, width, w, 0, room.products)
      ck_gemv_f64(1, count, size, -1, q, width, room.products, 1, w)
    }
  }

  /// A number that the last `takeOut` has left.
  private func component(_ index: Int) -> Double {
    state.pointee.isSingle
      ? Double(UnsafeMutableRawPointer(room.products).assumingMemoryBound(to: Float.self)[index]) : room.products[index]
  }

  /// Product of the parts of a row that begin at two of its elements.
  private func product(_ first: Int, _ second: Int, in index: Int) -> Double {
    if state.pointee.isSingle {
      let w = row(index).assumingMemoryBound(to: Float.self)
      return Double(ck_dot_f32(w + first, w + second, size))
    }
    let w = row(index).assumingMemoryBound(to: Double.self)
    return ck_dot_f64(w + first, w + second, size)
  }

  // MARK: The tridiagonal matrix

  /// Eigenvalues of T with the first and last component of each eigenvector in two rows, and their order.
  private func solve(_ count: Int) {
    copyTridiagonal(count)
    for element in 0..<2 * count { room.rows[element] = 0 }
    room.rows[0] = 1
    room.rows[2 * count - 1] = 1
    Tridiagonal.solve(count, room.values, room.side, room.rows, rowCount: 2)
    sort(count)
  }

  private func copyTridiagonal(_ count: Int) {
    for index in 0..<count {
      room.values[index] = room.alpha[index]
      room.side[index] = room.beta[index]
    }
  }

  /// Numbers of the eigenvalues, largest first; of equal ones the first.
  private func sort(_ count: Int) {
    for index in 0..<count {
      var place = index
      while place > 0, room.values[Int(room.order[place - 1])] < room.values[index] {
        room.order[place] = room.order[place - 1]
        place -= 1
      }
      room.order[place] = Int64(index)
    }
  }

  private func isConverged(_ count: Int, _ scale: Double) -> Bool {
    let pairs = state.pointee.pairs
    guard pairs > 0, state.pointee.tolerance > 0, count > pairs, count >= min(4, size) else { return false }
    // Far from the end a look at every fourth step is enough, and costs less than it saves.
    if count > 32, count % 4 != 0 { return false }
    solve(count)
    for rank in 0..<pairs {
      let value = room.values[Int(room.order[rank])]
      let allowed = max(state.pointee.tolerance * value.magnitude, 16 * ulpOfOne * scale)
      if bound(rank, count) > allowed { return false }
    }
    return true
  }

  /// βₘ|sₘ| for the eigenvalue of a rank.
  private func bound(_ rank: Int, _ count: Int) -> Double {
    (room.beta[count - 1] * room.rows[count + Int(room.order[rank])]).magnitude
  }

  // MARK: Results

  func write(_ count: Int, to out: UnsafeMutableRawPointer, steps: Int) {
    if count == 0 { return fill(out, with: 0, steps: steps) }
    guard !room.alpha[count - 1].isNaN else { return fill(out, with: .nan, steps: steps) }
    solve(count)
    state.pointee.pairs == 0 ? writeQuadrature(count, to: out, steps: steps) : writePairs(count, to: out)
  }

  private func set(_ out: UnsafeMutableRawPointer, _ index: Int, _ value: Double) {
    if state.pointee.isSingle {
      out.assumingMemoryBound(to: Float.self)[index] = Float(value)
    } else {
      out.assumingMemoryBound(to: Double.self)[index] = value
    }
  }

  /// All results are NaN where a product is not finite, and 0 where there is nothing to begin with.
  private func fill(_ out: UnsafeMutableRawPointer, with value: Double, steps: Int) {
    let pairs = state.pointee.pairs
    let total = pairs == 0 ? 4 * steps : 2 * pairs + 1 + (state.pointee.wantsVectors ? pairs * size : 0)
    for index in 0..<total { set(out, index, value) }
  }

  /// Gauss's rule, and that of one step less, whose nodes lie between its own.
  private func writeQuadrature(_ count: Int, to out: UnsafeMutableRawPointer, steps: Int) {
    for index in 0..<4 * steps { set(out, index, 0) }
    writeRule(count, to: out, from: 0, steps)
    // Nothing is left beside an invariant subspace: both rules are the measure itself.
    let isExact = room.beta[count - 1] == 0 || count == size
    let shorter = isExact ? count : max(1, count - 1)
    if shorter < count { solve(shorter) }
    writeRule(shorter, to: out, from: 2 * steps, steps)
    if count == 1, !isExact { set(out, 2 * steps, .nan) }
  }

  private func writeRule(_ count: Int, to out: UnsafeMutableRawPointer, from first: Int, _ steps: Int) {
    for index in 0..<count {
      let source = Int(room.order[count - 1 - index]), part = room.rows[source]
      set(out, first + index, room.values[source])
      set(out, first + steps + index, part * part)
    }
  }

  /// Where the space has fewer dimensions than pairs are wanted this is never reached: the shape rule refuses it.
  private func writePairs(_ count: Int, to out: UnsafeMutableRawPointer) {
    let pairs = state.pointee.pairs
    for rank in 0..<pairs {
      let isThere = rank < count
      set(out, rank, isThere ? room.values[Int(room.order[rank])] : .nan)
      set(out, pairs + rank, isThere ? bound(rank, count) : .nan)
    }
    set(out, 2 * pairs, Double(count))
    if state.pointee.wantsVectors { writeVectors(count, to: out) }
  }

  /// Q s for each pair, the first component of largest magnitude positive.
  private func writeVectors(_ count: Int, to out: UnsafeMutableRawPointer) {
    copyTridiagonal(count)
    for element in 0..<count * count { room.rows[element] = 0 }
    for index in 0..<count { room.rows[index * count + index] = 1 }
    Tridiagonal.solve(count, room.values, room.side, room.rows, rowCount: count)
    sort(count)
    for rank in 0..<state.pointee.pairs {
      let first = 2 * state.pointee.pairs + 1 + rank * size, source = Int(room.order[min(rank, count - 1)])
      let factors = UnsafeMutableRawPointer(room.products)
      for index in 0..<count { set(factors, index, room.rows[index * count + source]) }
      if state.pointee.isSingle {
        let y = out.assumingMemoryBound(to: Float.self) + first, c = factors.assumingMemoryBound(to: Float.self)
        let rows = basis.assumingMemoryBound(to: Float.self) + (width - size)
        ck_gemv_f32(1, count, size, 1, rows, width, c, 0, y)
        orient(y)
      } else {
        let y = out.assumingMemoryBound(to: Double.self) + first
        let c = room.products, rows = basis.assumingMemoryBound(to: Double.self) + (width - size)
        ck_gemv_f64(1, count, size, 1, rows, width, c, 0, y)
        orient(y)
      }
    }
  }

  private func orient<T: BinaryFloatingPoint>(_ vector: UnsafeMutablePointer<T>) {
    var largest = 0
    for index in 1..<max(1, size) where vector[index].magnitude > vector[largest].magnitude { largest = index }
    if vector[largest] < 0 { for index in 0..<size { vector[index] = -vector[index] } }
  }
}
