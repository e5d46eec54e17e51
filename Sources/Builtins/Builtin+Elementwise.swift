import Arithmetic
import Diagnostics
import Evaluation
import Glibc
import Graph
import Messages
import Syntax
import Tensors
import Values

extension Builtin {
  static let elementwise: [Builtin] =
    [
      map("exp", "e^x", Exponential()), map("log", "natural logarithm", Logarithm()),
      map("log1p", "log(1 + x)", Log1p()),
      map("expm1", "e^x - 1", Expm1()), map("sqrt", "square root", SquareRoot()),
      map("cbrt", "cube root, also of numbers below 0", CubeRoot()), map("sin", "sine", Sine()),
      map("cos", "cosine", Cosine()), map("tan", "tangent", Tangent()), map("tanh", "hyperbolic tangent", Tanh()),
      map("sigmoid", "1 / (1 + e^-x)", Sigmoid()), map("softplus", "log(1 + e^x), without overflow", Softplus()),
      map("relu", "max(x, 0); derivative 0 at 0", Relu()), map("erf", "error function", Erf()),
      map("erfc", "1 - erf(x), accurate also where it is tiny", Erfc()),
      map("asin", "inverse sine", ArcSine()), map("acos", "inverse cosine", ArcCosine()),
      map("atan", "inverse tangent", ArcTangent()), map("sinh", "hyperbolic sine", Sinh()),
      map("cosh", "hyperbolic cosine", Cosh()),
      Builtin("abs", ["x"], "absolute value; derivative 0 at 0") { (e, a) throws(Diagnostic) in
        if case .integer(let n) = a[0] {
          guard n != Int.min else { throw .integerOverflow("abs", at: a.span) }
          return .integer(Swift.abs(n))
        }
        if let exact = try e.wholeMagnitude(a) { return exact }
        return try e.apply(Absolute(), [a.real(0, e)], at: a.span)
      },
      Builtin("sign", ["x"], "-1, 0 or 1") { (e, a) throws(Diagnostic) in
        try e.apply(Sign(), [a.real(0, e)], at: a.span)
      },
      Builtin("silu", ["x"], "x sigmoid(x)") { (e, a) throws(Diagnostic) in
        let x = try a.real(0, e)
        return try e.apply(Multiply(), [x, e.apply(Sigmoid(), [x], at: a.span)], at: a.span)
      },
      Builtin("gelu", ["x"], "x Φ(x), with the exact normal distribution function") { (e, a) throws(Diagnostic) in
        let x = try a.real(0, e)
        let scaled = try e.apply(Multiply(), [x, .real(-(0.5.squareRoot()))], at: a.span)
        let phi = try e.apply(Multiply(), [.real(0.5), e.apply(Erfc(), [scaled], at: a.span)], at: a.span)
        return try e.apply(Multiply(), [x, phi], at: a.span)
      },
      rounding("floor", "largest whole number not above x", Floor(), .down),
      rounding("ceil", "smallest whole number not below x", Ceiling(), .up),
      rounding("round", "nearest whole number, halves to even", Round(), .toNearestOrEven),
      rounding("trunc", "whole part of x", Truncate(), .towardZero),
      Builtin("int", ["x"], "a real number with a whole value as a whole number") { (e, a) throws(Diagnostic) in
        switch a[0] {
        case .integer: return a[0]
        case .node(let id), .condition(let id):
          return e.graph.dtype(id) == .i64 ? a[0] : try e.apply(Convert(dtype: .i64), [a[0]], at: a.span)
        case .tensor(let tensor):
          for x in tensor.doubles() { _ = try whole(x, at: a.place(0)) }
          return .tensor(tensor.converted(to: .i64))
        default: return .integer(try whole(a.number(0, "the argument", e), at: a.place(0)))
        }
      },
      Builtin("real", ["x"], "a whole number as a real one") { (e, a) throws(Diagnostic) in try a.real(0, e) },
      Builtin("is_finite", ["x"], "1 where x is neither infinite nor nan") { (e, a) throws(Diagnostic) in
        if let x = e.scalar(a[0]) { return .boolean(x.isFinite) }
        return e.asTruth(try e.apply(IsFinite(), [a.real(0, e)], at: a.span))
      },
      Builtin("mod", ["a", "b"], "remainder with the sign of b") { (e, a) throws(Diagnostic) in
        if case .integer(let x) = a[0], case .integer(let y) = a[1] {
          guard y != 0 else { throw .integerDivisionByZero(at: a.span) }
          if y == -1 { return .integer(0) }
          let r = x % y
          return .integer(r != 0 && (r < 0) != (y < 0) ? r + y : r)
        }
        return try e.elementwise(Modulo(), "mod", a[0], a[1], at: a.places)
      },
      Builtin("atan2", ["y", "x"], "angle of the point (x, y)") { (e, a) throws(Diagnostic) in
        try e.elementwise(ArcTangent2(), "atan2", a.real(0, e), a.real(1, e), at: a.places)
      },
      Builtin(
        "where", ["condition", "a", "b"],
        "a where the condition holds, b elsewhere; derivatives flow through the chosen one only"
      ) {
        (e, a) throws(Diagnostic) in try e.select(e.asCondition(a[0]), a[1], a[2], at: a.span)
      },
      Builtin("safe_divide", ["a", "b"], "a / b, and 0 where both are 0; there its derivative by a is nan") {
        (e, a) throws(Diagnostic) in
        let top = try a.real(0, e)
        let bottom = try a.real(1, e)
        if let x = e.scalar(top), let y = e.scalar(bottom) { return .real(x == 0 && y == 0 ? 0 : x / y) }
        let both = try e.bothHold(
          e.compare(.equal, top, .real(0), at: a.places), e.compare(.equal, bottom, .real(0), at: a.places), at: a.span)
        let safe = try e.select(both, .real(1), bottom, at: a.span)
        return try e.binary(.divide, top, safe, at: a.places)
      },
      Builtin("stop_gradient", ["x"], "x, with derivative 0") { (e, a) throws(Diagnostic) in
        try e.withoutGradient(a[0], at: a.span)
      },
    ]

  private static func whole(_ x: Double, at span: Span) throws(Diagnostic) -> Int {
    guard let n = Int(exactly: x) else { throw .noWholeValue(NumberText.short(x), at: span) }
    return n
  }

  /// A function of one real number, applied to each element.
  private static func map<P: ElementwiseUnary>(_ name: String, _ summary: String, _ primitive: P) -> Builtin {
    Builtin(name, ["x"], summary, opcode: P.opcode) { (e, a) throws(Diagnostic) in
      try e.apply(primitive, [a.real(0, e)], at: a.span)
    }
  }

  /// Whole numbers for one known number, reals for tensors.
  private static func rounding<P: ElementwiseUnary>(
    _ name: String, _ summary: String, _ primitive: P, _ rule: FloatingPointRoundingRule
  ) -> Builtin {
    Builtin(name, ["x"], summary) { (e, a) throws(Diagnostic) in
      if case .integer = a[0] { return a[0] }
      if let x = e.scalar(a[0]) { return .integer(try whole(x.rounded(rule), at: a.place(0))) }
      return try e.apply(primitive, [a.real(0, e)], at: a.span)
    }
  }
}
