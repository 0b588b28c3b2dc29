package dev.nibble.cli;

import dev.nibble.core.pipeline.BuildVersion;
import picocli.CommandLine.IVersionProvider;

/** The version of this build, from the jar's manifest. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[]{"nibble " + BuildVersion.number() + " (Java " + Runtime.version() + ")"};
    }
}
