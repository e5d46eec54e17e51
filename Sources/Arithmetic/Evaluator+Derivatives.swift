package import Diagnostics
package import Graph
import Messages
package import Tensors
package import Values

extension Evaluator {
  /// Gradients of a scalar node; zero for what it does not depend on.
  package func gradients(of loss: NodeID, at parameters: [NodeID], _ span: Span) throws(Diagnostic) -> [NodeID] {
    setOrigin(span)
    do { return try graph.gradient(of: loss, withRespectTo: parameters) } catch { throw .derivative(error, at: span) }
  }

  /// Hessian of a scalar node times a direction, forward over reverse.
  package func hessianProduct(of loss: NodeID, at parameters: [NodeID], with direction: [NodeID], _ span: Span)
    throws(Diagnostic) -> [NodeID]
  {
    setOrigin(span)
    do { return try graph.hessianVectorProduct(of: loss, withRespectTo: parameters, times: direction) } catch {
      throw .derivative(error, at: span)
    }
  }

  /// Tensors one after the other as one vector.
  package func flattened(_ nodes: [NodeID], at span: Span) throws(Diagnostic) -> Value {
    let parts = nodes.map { id in
      graph.shape(id).rank == 1 ? id : graph.add(Reshape(shape: [graph.shape(id).count]), id)
    }
    if parts.count == 1 { return .node(parts[0]) }
    return try apply(Concatenate(axis: 0), parts.map(Value.node), at: span)
  }

  /// Values one after the other as one vector; known ones give a known vector.
  package func concatenated(_ values: [Value], at span: Span) throws(Diagnostic) -> Value {
    var parts: [Value] = []
    for value in values {
      let count = shape(of: value)?.count ?? 0
      parts.append(try apply(Reshape(shape: [count]), [value], at: span))
    }
    return parts.count == 1 ? parts[0] : try apply(Concatenate(axis: 0), parts, at: span)
  }

  /// A vector cut into tensors of the given shapes.
  package func split(_ vector: NodeID, into shapes: [Shape], at span: Span) throws(Diagnostic) -> [NodeID] {
    var offset = 0
    var parts: [NodeID] = []
    for shape in shapes {
      let piece = shapes.count == 1 ? vector : graph.add(Slice(starts: [offset], stops: [offset + shape.count]), vector)
      parts.append(graph.shape(piece) == shape ? piece : graph.add(Reshape(shape: shape), piece))
      offset += shape.count
    }
    return parts
  }
}
