import Arithmetic
import Diagnostics
import Evaluation
import Messages
import Syntax
import Tensors
import Values

extension StepStager {
  /// `let (P, z, Q) = svd(g)`: each name a part of one value, which is computed once.
  func define(_ names: [Name], _ value: ExpressionID, in unit: RuleUnit, _ own: Scope, at span: Span) {
    let code = unit.rule.instance.code
    let parts = Deferred { [unowned self, unowned own] () throws(Diagnostic) in
      try evaluator.within(code) { () throws(Diagnostic) in
        let scope = Scope(parent: nil)
        try evaluator.define(names, evaluator.evaluate(value, in: own), in: scope, at: span)
        return .view(scope)
      }
    }
    for name in names {
      own.define(
        name.text,
        .deferred(
          Deferred { () throws(Diagnostic) in
            guard case .view(let scope) = try parts.force(name.text, at: name.span) else { return .unknown(.any) }
            return scope.local(name.text)?.value ?? .unknown(.any)
          }), span: name.span)
    }
  }

  /// A start whose shape is not the parameter's is told where the state is declared, not where the equation fails.
  func checkStart(of declaration: TensorDeclaration, in unit: RuleUnit) throws(Diagnostic) {
    guard declaration.shape == nil, case .value(let id) = declaration.start else { return }
    let code = unit.rule.instance.code
    if case .integer = code.tree[id] { return }
    if case .real = code.tree[id] { return }
    let start = try evaluator.within(code) { () throws(Diagnostic) in try evaluator.evaluate(id, in: unit.scope) }
    guard let shape = evaluator.shape(of: start), shape.rank > 0, shape != unit.shape else { return }
    throw .stateShape(
      declaration.name.text, start: shape, text: evaluator.session.sources.text(code.tree.span(id)),
      parameter: unit.shape, at: declaration.name.span)
  }
}
