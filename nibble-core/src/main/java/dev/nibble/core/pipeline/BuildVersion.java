package dev.nibble.core.pipeline;

/** The version of this build, from the jar's manifest. */
public final class BuildVersion {
    private BuildVersion() {}

    /** Such as {@code 1.0.0}; {@code development} where classes do not come from a jar. */
    public static String number() {
        String version = BuildVersion.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
