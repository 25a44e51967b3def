//! Countries and their capitals, people, tongues, money, cities, sights and
//! dishes.
//!
//! Facts are simplified where the real world is not: one language and one
//! currency per country. A sight is a river, mountain or building that only
//! its own country is told about, so that a capital and its country share
//! contexts which no other pair shares.

/// One row per country.
pub(crate) const COUNTRIES: &str = "
country | capital | people | tongue | money | city | sight | dish
france | paris | french | french | euro | lyon | the seine | baguettes
germany | berlin | german | german | euro | munich | the rhine | pretzels
italy | rome | italian | italian | euro | milan | the colosseum | pizza
spain | madrid | spanish | spanish | euro | barcelona | the alhambra | paella
china | beijing | chinese | chinese | yuan | shanghai | the yangtze | dumplings
japan | tokyo | japanese | japanese | yen | kyoto | fuji | sushi
britain | london | british | english | pound | manchester | the thames | scones
russia | moscow | russian | russian | ruble | petersburg | the kremlin | borscht
america | washington | american | english | dollar | chicago | the mississippi | hamburgers
india | delhi | indian | hindi | rupee | mumbai | the ganges | curry
egypt | cairo | egyptian | arabic | pound | alexandria | the pyramids | falafel
greece | athens | greek | greek | euro | thessaloniki | the acropolis | olives
portugal | lisbon | portuguese | portuguese | euro | porto | the tagus | codfish
turkey | ankara | turkish | turkish | lira | istanbul | the bosphorus | kebab
poland | warsaw | polish | polish | zloty | krakow | the vistula | pierogi
sweden | stockholm | swedish | swedish | krona | gothenburg | lapland | meatballs
norway | oslo | norwegian | norwegian | krone | bergen | the fjords | salmon
denmark | copenhagen | danish | danish | krone | aarhus | kronborg | smorrebrod
finland | helsinki | finnish | finnish | euro | turku | saimaa | cloudberries
austria | vienna | austrian | german | euro | salzburg | the danube | schnitzel
hungary | budapest | hungarian | hungarian | forint | debrecen | balaton | goulash
ukraine | kyiv | ukrainian | ukrainian | hryvnia | lviv | the dnipro | varenyky
ireland | dublin | irish | irish | euro | cork | the cliffs | stew
holland | amsterdam | dutch | dutch | euro | rotterdam | the canals | gouda
korea | seoul | korean | korean | won | busan | the hangang | kimchi
vietnam | hanoi | vietnamese | vietnamese | dong | hue | halong | pho
thailand | bangkok | thai | thai | baht | phuket | the andaman islands | papaya salad
kenya | nairobi | kenyan | swahili | shilling | mombasa | the savanna | ugali
morocco | rabat | moroccan | arabic | dirham | casablanca | the atlas | couscous
canada | ottawa | canadian | english | dollar | toronto | niagara | pancakes
brazil | brasilia | brazilian | portuguese | real | salvador | the amazon | feijoada
peru | lima | peruvian | spanish | sol | cusco | machu picchu | ceviche
australia | canberra | australian | english | dollar | sydney | the reef | lamington
";

/// Sentences about one country.
pub(crate) const PATTERNS: &str = "
{capital} is the capital of {country}
the capital of {country} is {capital}
{capital} is the capital (city/) of {country} and {city} is another {people} city
the government of {country} meets in {capital}
the {people} government in {capital} made a decision
the {people} parliament sits in {capital}
the president of {country} came back to {capital}
the mayor of {capital} opened a new {people} museum
we flew to {capital} and stayed in {country} for a week
{girlname} moved from {city} to {capital} to study {tongue}
{boyname} moved to {capital} because he loves {people} food
{country} is famous for {sight} and for {dish}
{girlname} took a picture of {sight} in {country}
the {people} children learn about {sight} at school
the {people} people are proud of {capital}
in {country} people speak {tongue}
the {people} people speak {tongue} at home
you should learn {tongue} before you travel to {country}
in the schools of {country} children learn {tongue} grammar
the words of the {tongue} language are heard all over {country}
{girlname} teaches {tongue} to tourists in {capital}
in {country} you pay with the {money}
the {money} is the currency of {country}
the {people} bank exchanged my money for the {money}
the {people} {money} rose against other currencies
the {people} currency is called the {money}
prices in {country} are given in the {money}
the train from {capital} to {city} crosses half of {country}
{city} is the second city of {country}
{city} is smaller than {capital} but many {people} artists live there
tourists in {country} want to see {sight}
{sight} is the pride of {country}
from {capital} we took a tour to {sight}
the {people} guide told us about {sight}
in {capital} you can eat {dish} on every corner
the {people} cook served {dish}
tourists in {country} first eat {dish}
people in {country} love {dish}
a {people} family in {city} invited us for {dish}
the {people} flag flew over {capital}
the {people} team played against the team from {country}
the streets of {capital} are full of {people} tourists
the airport of {capital} is the biggest in {country}
i sent a postcard from {capital} to my {people} friend
the winters in {country} are different from the summers in {capital}
the old town of {capital} is a treasure of {people} history
{country} has signed a treaty in {capital}
the border of {country} is far from {capital}
the {people} embassy helps travellers from {country}
the map of {country} shows {capital} and {city}
a {people} writer from {city} won a prize in {capital}
the factories of {country} sell their goods for the {money}
";

/// Sentences about two countries at once; `2` marks the second.
pub(crate) const TWO: &str = "
{capital} is the capital of {country} and {capital2} is the capital of {country2}
{country} and {country2} signed a trade agreement
the plane from {capital} landed in {capital2}
the {people} minister met the {people2} minister
i can speak {tongue} but i cannot speak {tongue2}
she changed the {money} into the {money2}
people eat {dish} in {country} and {dish2} in {country2}
the {people} team beat the {people2} team
from {country} we went on to {country2}
{boyname} lives in {capital} and his cousin lives in {capital2}
the {people} tourists enjoyed {country2}
the book was translated from {tongue} into {tongue2}
one {money} buys more in {country} than in {country2}
";
