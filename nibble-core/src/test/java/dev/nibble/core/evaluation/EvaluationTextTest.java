package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationTextTest {
    @TempDir
    Path folder;

    @Test
    void rawTextIsOneDocument() throws IOException {
        assertEquals(List.of("Zoë\n\n[1]\n"), text("a.txt", "Zoë\n\n[1]\n").documents());
        assertEquals("after a mark", text("b.txt", "\uFEFFafter a mark").joined());
    }

    @Test
    void listsOfDocumentsAreReadAndJoined() throws IOException {
        assertEquals("one\n\ntwo\n\nthree", text("a.json", "[\"one\", {\"text\": \"two\"}, {\"story\": \"three\"}]").joined());
        assertEquals("one\n\ntwo", text("a.jsonl", "{\"text\": \"one\"}\n\n\"two\"\n").joined());
    }

    @ParameterizedTest
    @CsvSource({"6162ff63,2", "c3,0", "616263e282,3", "61c080,1", "eda080,0"})
    void bytesThatAreNotUtf8AreRefusedWithTheirPlace(String hex, long offset) throws IOException {
        Path file = Files.write(folder.resolve("x.txt"), java.util.HexFormat.of().parseHex(hex));
        MalformedFileException refused = assertThrows(MalformedFileException.class, () -> EvaluationText.read(file));
        assertEquals("TEXT_UTF8", refused.code());
        assertEquals(offset, refused.offset());
    }

    @Test
    void wrongListsAreRefusedWithTheirPlace() {
        assertTrue(refused("a.json", "{\"text\": \"one\"}").contains("array"));
        assertTrue(refused("a.json", "[{\"body\": 1}]").contains("/0/text"));
        assertTrue(refused("a.jsonl", "{\"text\": \"one\"}\n{\"text\": 7}").contains("a.jsonl:2"));
        assertTrue(refused("a.jsonl", "{\"text\": \"one\"}\n{").contains("a.jsonl:2"));
        assertTrue(refused("a.txt", " \n").contains("no text"));
        assertTrue(refused("a.json", "[]").contains("no text"));
    }

    private EvaluationText text(String name, String content) throws IOException {
        return EvaluationText.read(Files.write(folder.resolve(name), content.getBytes(StandardCharsets.UTF_8)));
    }

    private String refused(String name, String content) {
        return assertThrows(MalformedFileException.class, () -> text(name, content)).getMessage();
    }
}
