using Keyreeve.Conformance.Kmip.Runner;
using Keyreeve.Conformance.Storage.Sqlite;
using Xunit.Runner.InProc.SystemConsole;

// The tests; or the KMIP conformance runner; or, for the tests that kill a process, the process to be killed.
if (RunnerOptions.AreMeant(args)) return await ConformanceRunner.MainAsync(args);
return args is [StoreCrashChild.Argument, var dataDirectory]
    ? await StoreCrashChild.RunAsync(dataDirectory)
    : await ConsoleRunner.Run(args);
