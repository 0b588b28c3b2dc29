/** Measurements beside peers; never published. */
module dev.nibble.bench {
    requires dev.nibble;
    requires info.picocli;
    requires java.management;

    opens dev.nibble.bench to info.picocli;
}
