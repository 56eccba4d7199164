return await Keyreeve.Cli.CommandLine.RunAsync(args);
