import Glibc

StandardStreams.openMissing()
Signals.install()
exit(LargeStack.run { CommandLineProgram.run(CommandLine.arguments) })
