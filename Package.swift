// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "descent",
  products: [
    .executable(name: "descent", targets: ["descent"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CZlib"),
    .target(
      name: "CKernels",
      cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno"])],
      linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("m")]),
    .executableTarget(name: "EmbedTextTool", swiftSettings: strict),
    .plugin(name: "EmbedText", capability: .buildTool(), dependencies: ["EmbedTextTool"]),
    .target(name: "Diagnostics", swiftSettings: strict, plugins: ["EmbedText"]),
    .target(name: "Syntax", dependencies: ["Diagnostics"], swiftSettings: strict),
    .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: strict),
    .target(name: "Graph", dependencies: ["Tensors"], swiftSettings: strict),
    .target(name: "Engine", dependencies: ["Graph", "Tensors", "CKernels"], swiftSettings: strict),
    .target(name: "Data", dependencies: ["Tensors", "Diagnostics", "CZlib"], swiftSettings: strict),
    .target(name: "Experiments", dependencies: ["Engine", "Graph", "Tensors", "Data"], swiftSettings: strict),
    .target(name: "Plots", dependencies: ["Experiments"], swiftSettings: strict),
    .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),
    .target(name: "Library", swiftSettings: strict, plugins: ["EmbedText"]),
    .target(
      name: "Language",
      dependencies: [
        "Diagnostics", "Syntax", "Tensors", "Graph", "Engine", "Data", "Experiments", "Plots", "Library",
      ], swiftSettings: strict),
    .target(
      name: "Interactive",
      dependencies: ["Language", "Diagnostics", "Syntax", "Library", "Data", "Plots", "CReadline"],
      swiftSettings: strict),
    .executableTarget(
      name: "descent",
      dependencies: [
        "Language", "Interactive", "Diagnostics", "Syntax", "Library", "Data", "CReadline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    .testTarget(name: "SyntaxTests", dependencies: ["Syntax", "Diagnostics"], swiftSettings: strict),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"], swiftSettings: strict),
    .testTarget(name: "GraphTests", dependencies: ["Graph", "Tensors"], swiftSettings: strict),
    .testTarget(name: "EngineTests", dependencies: ["Engine", "Graph", "Tensors"], swiftSettings: strict),
    .testTarget(name: "DataTests", dependencies: ["Data", "Tensors", "Diagnostics", "CZlib"], swiftSettings: strict),
    .testTarget(
      name: "ExperimentsTests", dependencies: ["Experiments", "Engine", "Graph", "Tensors", "Data"],
      swiftSettings: strict),
    .testTarget(
      name: "PlotsTests", dependencies: ["Plots", "Experiments"], exclude: ["Goldens"], swiftSettings: strict),
    .testTarget(
      name: "LanguageTests",
      dependencies: [
        "Language", "Data", "Syntax", "Diagnostics", "Library", "Tensors", "Graph", "Engine", "Experiments",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LibraryTests", dependencies: ["Library", "Language", "Data", "Syntax", "Diagnostics"],
      swiftSettings: strict),
    .testTarget(
      name: "ScriptTests", dependencies: ["Language", "Diagnostics", "Syntax", "Data", "Library", "descent"],
      swiftSettings: strict),
    .testTarget(
      name: "InteractiveTests",
      dependencies: ["Interactive", "Language", "Data", "Diagnostics", "Syntax", "descent"], swiftSettings: strict),
    .testTarget(name: "TidyTests", swiftSettings: strict),
  ]
)
