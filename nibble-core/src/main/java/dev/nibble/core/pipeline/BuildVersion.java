package dev.nibble.core.pipeline;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;

/** The version of this build: the module's on the module path, the one in the jar's manifest on the class path. */
public final class BuildVersion {
    private BuildVersion() {}

    /** The version, such as {@code 1.0.0}; {@code development} outside a jar. */
    public static String number() {
        return Optional.ofNullable(BuildVersion.class.getModule().getDescriptor()).flatMap(ModuleDescriptor::rawVersion)
                .or(() -> Optional.ofNullable(BuildVersion.class.getPackage().getImplementationVersion())).orElse("development");
    }
}
