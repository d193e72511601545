# TS 23.222 clause 8.16 step 2a: without a token the exposing function under test needs the authorization information of
# the core function.
@sut:aef @cap:aef.methods.PKI
Feature: Service API invocation with authorization information from the core function

  Background:
    Given the exposing function under test has published "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated PKI with the exposing function

  @req:23222-8.16.3-04
  Scenario: Step 2a: missing authorization information is fetched before the decision
    When the invoker invokes "location"
    Then the authorization information is fetched before the invocation is decided

  @req:23222-8.16.3-04 @negative
  Scenario: Step 2a: what the core function does not authorize is refused
    When the invoker invokes "quality" between two invocations of "location"
    Then the invocation is refused, because the core function does not authorize it

  @req:23222-8.16.3-04 @negative
  Scenario: Step 2a: an invoker that the core function does not know is refused
    When the invoker invokes "location" while the core function knows nothing of it
    Then the invocation is refused, because the core function does not authorize it

  @req:23222-8.16.3-04 @negative
  Scenario: Step 2a: what the core function authorizes at another exposing function is refused
    Given another provider with the second exposing function
    When the invoker invokes "location" while the core function authorizes it at the second exposing function only
    Then the invocation is refused, because the core function does not authorize it

  @req:23222-8.16.3-09 @negative
  Scenario: Nobody is served without certificate and without token
    When the invoker invokes "location", but it presents no certificate
    Then the invocation is refused, because nobody is served who was not authenticated

  @req:23722-AR-6.3.2-b @negative
  Scenario Outline: Applications are authenticated to access service APIs
    Given another provider with the second exposing function
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because applications are authenticated to access service APIs

    Examples:
      | deviation                                                |
      | it presents no certificate                               |
      | it presents a certificate of a foreign authority         |
      | it presents the certificate of the second exposing function |
