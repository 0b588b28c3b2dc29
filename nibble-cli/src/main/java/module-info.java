/** The program {@code nibble}. */
module dev.nibble.cli {
    requires dev.nibble;
    requires info.picocli;
    requires java.management;
    requires org.jline;
    requires tools.jackson.databind;

    opens dev.nibble.cli to info.picocli;
}
