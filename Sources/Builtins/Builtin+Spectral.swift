import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Tensors
import Values

extension Builtin {
  static let spectral: [Builtin] = [
    Builtin(
      "spectral", ["G", "f"], "a function of the singular values: U diag(f(σ)) V.T for G = U diag(σ) V.T",
      details: """
        G: [m, n], the result too; f takes one number and gives one: `spectral(G, σ => σ / sqrt(σ^2 + λ^2))`. f is taken as odd, so
        that what is not determined by G does not matter: a singular value 0 gives 0, also where f(0) is not 0. Those up to
        max(m, n) ε σ₁ count as 0, as for `pinv`; ε is 2.2e-16, in f32 1.2e-7. So `spectral(G, σ => 1)` is the polar factor, of
        a matrix of smaller rank the partial isometry, of 0 it is 0.

        The derivative is that of the map (Daleckii and Krein), not of U and V: right also where singular values are equal, and
        at a singular value 0 if f(0) is 0. Where f(0) is not 0 the map jumps there, and the derivative is nan. Second derivatives
        at equal singular values are nan. f may use other quantities, and is differentiated by them.

        Example: `spectral([[3.0, 0.0], [0.0, -2.0]], σ => σ^2)` is `[[9, 0], [0, -4]]`.
        """
    ) { (e, a) throws(Diagnostic) in
      _ = try e.matrix(a)
      return try e.spectral(a, isSymmetric: false)
    },
    Builtin(
      "matrix_function", ["A", "f"], "a function of a symmetric matrix: V diag(f(λ)) V.T for A = V diag(λ) V.T",
      details: """
        A: [n, n], symmetric within rounding as for `eigh` (E0707), the result too; f takes one number, an eigenvalue, and gives one.
        The derivative is that of the map (Daleckii and Krein), right also where eigenvalues are equal; second derivatives are nan
        there. `matrix_power(A, p)` is `matrix_function(A, λ => λ^p)`; exp and log of matrices are `matrix_function(A, exp)` and
        `matrix_function(A, log)`.

        Example: `matrix_function([[2.0, 1.0], [1.0, 2.0]], sqrt)` squared is `[[2, 1], [1, 2]]`.
        """
    ) { (e, a) throws(Diagnostic) in
      _ = try e.squareMatrix(a)
      return try e.spectral(a, isSymmetric: true)
    },
  ]
}

extension Evaluator {
  fileprivate func spectral(_ a: BoundArguments, isSymmetric: Bool) throws(Diagnostic) -> Value {
    guard a[1].isCallable else { throw .expected("a function of one number", found: a[1].kind, at: a.place(1)) }
    if a[0].isNode || stagingDepth > 0 { return try stagedSpectral(a, isSymmetric: isSymmetric) }
    return try stagedAndRun(at: a.span) { () throws(Diagnostic) in
      [try stagedSpectral(a, isSymmetric: isSymmetric)]
    }[0]
  }

  private func stagedSpectral(_ a: BoundArguments, isSymmetric: Bool) throws(Diagnostic) -> Value {
    let matrix = try node(guardedMatrix(a.real(0, self), at: a.span), at: a.span)
    setOrigin(a.span)
    do {
      let parts = try graph.spectralParts(matrix, isSymmetric: isSymmetric)
      let (values, slopes) = try mapped(a, over: parts.s)
      setOrigin(a.span)
      return .node(try graph.spectralMap(parts, y: values, slope: slopes))
    } catch let error as ShapeError {
      throw dressed(error, at: a.span)
    } catch let error as Diagnostic {
      throw error
    } catch {
      throw .refused(error, at: a.span)
    }
  }

  /// A function of one number at each of a vector's, with its slopes there; those are no numbers where it has no derivative.
  private func mapped(_ a: BoundArguments, over vector: NodeID) throws(Diagnostic) -> (NodeID, NodeID) {
    let place = a.place(1), type = graph.type(vector)
    let input = graph.freshInput(TensorType(.scalar, type.dtype))
    let before = drawCount
    let result = try onSymbols { () throws(Diagnostic) in
      try known(a[1], [.node(input)], at: place)
    }
    guard drawCount == before else {
      throw .meansNothing("draw", "in a function that is called once for all of its numbers", at: place)
    }
    guard result.isNumeric || result.isBoolean else {
      throw .expected("a function with one number as its value", found: result.kind, at: place)
    }
    if let shape = shape(of: result), shape.rank > 0 {
      throw .unsuitableShape(a.callee, shape, expected: "one number as the function's value", at: place)
    }
    let value = graph.convert(try node(asReal(result, at: place), at: place), to: type.dtype)
    let one = graph.constant(1, type.dtype)
    let slope =
      (try? graph.jacobianVectorProduct(of: [value], withRespectTo: [input], tangents: [one]))?.first
      ?? graph.constant(.nan, type.dtype)
    let rows = graph.batch(outputs: [value, slope], inputs: [(input, vector)], size: type.shape[0])
    return (rows[0], rows[1])
  }
}
