// Run by the script shell inside veraPDF's own archive, so that a Java runtime without a compiler is enough.
// Arguments: profiles joined by commas, then files. One JSON line per file and profile.
var vera = Packages.org.verapdf;
vera.gf.foundry.VeraGreenfieldFoundryProvider.initialise();
var foundry = vera.pdfa.Foundries.defaultInstance();
var profiles = String(arguments[0]).split(",");
for (var i = 1; i < arguments.length; i++) {
  for (var j = 0; j < profiles.length; j++) {
    var flavour = vera.pdfa.flavours.PDFAFlavour.fromString(profiles[j]);
    if (String(flavour.getId()) !== profiles[j]) throw "No such profile: " + profiles[j];
    var parser = foundry.createParser(new java.io.File(arguments[i]), flavour);
    var validator = foundry.createValidator(flavour, false);
    var result = validator.validate(parser);
    var failed = {};
    for (var entries = result.getTestAssertions().iterator(); entries.hasNext();) {
      var found = entries.next();
      var key = found.getRuleId().getClause() + "-" + found.getRuleId().getTestNumber();
      failed[key] = String(found.getMessage()) + " @ " + String(found.getLocation().getContext());
    }
    print(JSON.stringify({file: String(arguments[i]), profile: profiles[j], valid: !!result.isCompliant(), failed: failed}));
    validator.close();
    parser.close();
  }
}
