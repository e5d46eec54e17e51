import Foundation
import Testing

import Graph
import Tensors

/// The battery's cases against the files of `Sources/Graph/Primitives`.
@Suite struct RegistryTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Graph/Primitives").standardized

  @Test func everyFileDefinesThePrimitiveOfItsName() throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) {
      let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
      let name = file.split(separator: ".")[0]
      #expect(text.contains("package struct \(name): "), "\(file)")
    }
  }

  @Test func everyPrimitiveIsInTheBattery() throws {
    let tried = Set(PrimitiveCases.all.map { "\(type(of: $0.primitive))" }).union(["Input"])
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    let names = Set(files.map { String($0.split(separator: ".")[0]) })
    #expect(names.subtracting(tried).isEmpty)
    #expect(names.count >= 80)
  }

  @Test func namesAreUnique() {
    var seen: [String: String] = [:]
    for test in PrimitiveCases.all {
      let type = type(of: test.primitive)
      let other = seen.updateValue("\(type)", forKey: type.name)
      #expect(other == nil || other == "\(type)", "\(type.name)")
    }
  }

  @Test func everyOpcodeHasOnePrimitive() {
    let unary = Set(
      PrimitiveCases.all.compactMap { ($0.primitive as? any ElementwiseUnary).map { type(of: $0).opcode } })
    let binary = Set(
      PrimitiveCases.all.compactMap { ($0.primitive as? any ElementwiseBinary).map { type(of: $0).opcode } })
    #expect(unary.count == UnaryOpcode.allCases.count)
    #expect(binary.count == BinaryOpcode.allCases.count)
  }
}

/// Primitives as bytes.
@Suite struct PrimitiveCodingTests {
  @Test func theTableHasEveryPrimitive() throws {
    let tried = Set(PrimitiveCases.all.map { type(of: $0.primitive).name }).union(["input"])
    #expect(tried.isSubset(of: Primitives.named.keys))
    #expect(Primitives.all.count == Primitives.named.count && Primitives.all.count >= 80)
  }

  @Test(arguments: PrimitiveCases.all.indices)
  func aPrimitiveIsReadBack(_ index: Int) throws {
    let test = PrimitiveCases.all[index]
    var graph = Graph()
    let inputs = test.types.enumerated().map { graph.add(Input(index: $0, type: $1)) }
    let output = try graph.apply(test.primitive, inputs)
    let part = GraphPart(graph, inputs: inputs, outputs: [output])
    let bytes = ByteEncoder.bytes(of: part)
    let back = try ByteDecoder(bytes).read(GraphPart.self)
    #expect(ByteEncoder.bytes(of: back) == bytes)
    #expect(back.graph.type(back.outputs[0]) == graph.type(output))
    #expect(type(of: back.graph[back.outputs[0]].primitive).name == type(of: graph[output].primitive).name)
  }
}
