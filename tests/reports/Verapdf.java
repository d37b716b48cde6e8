import java.io.FileInputStream;
import java.util.HashSet;
import java.util.Set;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Prints one line per file and flavour: "pass|fail FLAVOUR FILE", below it the rules that failed, each once. */
public class Verapdf {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean valid = true;
        String[] flavours = arguments[0].split(",");
        for (int index = 1; index < arguments.length; index++) {
            for (String name : flavours) {
                PDFAFlavour flavour = PDFAFlavour.fromString(name);
                try (FileInputStream file = new FileInputStream(arguments[index]);
                        PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
                        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                    ValidationResult result = validator.validate(parser);
                    valid &= result.isCompliant();
                    System.out.println((result.isCompliant() ? "pass " : "fail ") + name + " " + arguments[index]);
                    Set<String> told = new HashSet<>();
                    for (TestAssertion found : result.getTestAssertions()) {
                        String rule = found.getRuleId().getClause() + "-" + found.getRuleId().getTestNumber();
                        if (found.getStatus() == TestAssertion.Status.FAILED && told.add(rule)) {
                            System.out.println("  " + rule + " " + found.getMessage() + " at "
                                + found.getLocation().getContext());
                        }
                    }
                }
            }
        }
        System.exit(valid ? 0 : 1);
    }
}
